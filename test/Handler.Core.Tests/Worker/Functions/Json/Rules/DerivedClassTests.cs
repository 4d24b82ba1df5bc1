using System.Diagnostics.CodeAnalysis;

namespace Handler.Tests.Functions;

/// <summary>Derived classes: the members that they add or hide arrive, or the value is refused.</summary>
[SuppressMessage("Style", "IDE0044", Justification = "The fixtures have state that nothing changes.")]
[SuppressMessage("Style", "IDE0052", Justification = "The fixtures have state that nothing reads.")]
public sealed class DerivedClassTests
{
    private readonly LoopbackRunner runner = new();

    [Fact]
    public void A_class_can_be_sent_even_if_a_derived_class_cannot()
    {
        Assert.Equal(1, Through(new List<Command> { new() { Number = 1 } })[0].Number);
        Assert.Equal(2, Through(new Command { Number = 2 }).Number);
        Assert.Equal(3, runner.Run(static () => new Command { Number = 3 }).Number);
        Assert.Equal(
            4,
            Assert
                .IsType<NamedCommand>(
                    Through(
                        new List<Command>
                        {
                            new NamedCommand { Number = 4, Name = "a" },
                        }
                    )[0])
                .Number);
        Assert.Equal(
            5,
            Assert
                .IsType<Round>(
                    Through(
                        new List<Figure>
                        {
                            new Round { Id = 1, Radius = 5 },
                        }
                    )[0])
                .Radius);
        Assert.Equal(
            "b",
            Assert.IsType<Branch>(Through(new List<Node> { new Branch { Left = new Leaf { Text = "b" } } })[0]).Left is Leaf leaf
                ? leaf.Text
                : null);
        Assert.Equal(6, Through(new Tree { Number = 6, Children = [new Tree { Number = 7 }] }).Number);
        Assert.Equal(8, Through(new Base { Number = 8 }).Number);
    }

    [Fact]
    public void A_value_of_a_derived_class_that_cannot_be_sent_is_refused_with_the_reason()
    {
        Refused(
            new List<Command> { new RunningCommand { Number = 1 } },
            "DerivedClassTests.RunningCommand",
            "DerivedClassTests.Command",
            "private field source");
        Refused(new List<Command> { new StreamCommand() }, "DerivedClassTests.StreamCommand", "System.IO.Stream");
        Refused(new List<Command> { new ServiceCommand() }, "DerivedClassTests.OnlyService", "private field secret");
        Refused(new List<Command> { new ListingCommand() }, "DerivedClassTests.OnlyListed", "private field secret");
        Refused(new List<Command> { new EndlessCommand() }, "DerivedClassTests.EndlessCommand", "without end");
        Refused(new List<Command> { new DeepCommand() }, "DerivedClassTests.Secret", "private field secret");
        Refused(new List<Figure> { new Callback { Function = static () => 1 } }, "DerivedClassTests.Callback", "delegate");
        Refused(new Tree { Children = [new Hidden()] }, "DerivedClassTests.Hidden", "private field");
        var message = Assert.Throws<NotSupportedException>(() => runner.Run<Command>(static () => new RunningCommand())).Message;
        Assert.Contains("DerivedClassTests.RunningCommand", message);
        Assert.Contains("private field source", message);
    }

    [Fact]
    public void An_overridden_property_whose_own_value_differs_is_refused()
    {
        Refused(new Overriding(1, 2), "DerivedClassTests.Overriding", "DerivedClassTests.Base", "Number");
        Refused(new Third(3), "DerivedClassTests.Third", "Number");
        Refused(new List<Base> { new Overriding(1, 2) }, "Number");
        Assert.Contains("Number", Assert.Throws<NotSupportedException>(() => runner.Run(static () => new Overriding(1, 2))).Message);
        Refused(new Hiding { Number = 1 }, "DerivedClassTests.Base", "Number", "another name");
        Refused(new HidingField { Text = "a" }, "DerivedClassTests.FieldBase", "Text", "another name");
    }

    [Fact]
    public void An_overridden_property_that_was_never_set_arrives_unchanged()
    {
        Assert.Equal((2, 0), (Through(new Overriding(0, 2)).Number, Through(new Overriding(0, 2)).OfBase));
        Assert.Equal(3, Through(new Third(0) { Number = 3 }).Number);
        Assert.Equal(4, Through(new PassedOn { Number = 4 }).Number);
        Assert.Equal(
            (5, "a"),
            (Through(new Initialized { Command = new() { Number = 5 } }).Command.Number, Through(new Initialized { Name = "a" }).Name));
    }

    private void Refused<T>(T value, params string[] parts)
    {
        var message = runner.Refused(() => value is null).Message;
        foreach (var part in parts)
            Assert.Contains(part, message);
    }

    private T Through<T>(T value) => runner.Run(() => value);

    public class Command
    {
        public int Number { get; set; }
    }

    public sealed class NamedCommand : Command
    {
        public string? Name { get; set; }
    }

    public class RunningCommand : Command
    {
        private readonly CancellationTokenSource source = new();

        public void Stop() => source.Cancel();
    }

    public sealed class StillRunningCommand : RunningCommand;

    public sealed class StreamCommand : Command
    {
        public Stream? Output { get; set; }
    }

    public sealed class DeepCommand : Command
    {
        public List<Secret> Secrets { get; set; } = [new()];
    }

    public sealed class EndlessCommand : Command
    {
        public Endless<int>? Endless { get; set; }
    }

    public sealed class Endless<T>
    {
        public Endless<List<T>>? Next { get; set; }
    }

    public sealed class ServiceCommand : Command
    {
        public Service? Service { get; set; }
    }

    public abstract class Service;

    public sealed class OnlyService : Service
    {
        private int secret = 1;

        public int Reveal() => secret++;
    }

    public sealed class ListingCommand : Command
    {
        public Listing? Listing { get; set; }
    }

    [System.Text.Json.Serialization.JsonDerivedType(typeof(OnlyListed), "only")]
    public class Listing;

    public sealed class OnlyListed : Listing
    {
        private int secret = 1;

        public int Reveal() => secret++;
    }

    public abstract class Node;

    public sealed class Branch : Node
    {
        public Node? Left { get; set; }

        public Node[] More { get; set; } = [];
    }

    public sealed class Owning : Node
    {
        public Node? Inner { get; set; }

        public Stream? Stream { get; set; }
    }

    public sealed class Leaf : Node
    {
        public string? Text { get; set; }
    }

    public sealed class Secret
    {
        private int secret = 1;

        public int Reveal() => secret++;
    }

    public abstract class Figure
    {
        public int Id { get; set; }
    }

    public sealed class Round : Figure
    {
        public int Radius { get; set; }
    }

    public sealed class Callback : Figure
    {
        public Func<int>? Function { get; set; }
    }

    public class Tree
    {
        public int Number { get; set; }

        public List<Tree> Children { get; set; } = [];
    }

    public sealed class Hidden : Tree
    {
        private Tree parent = new();

        public Tree Up() => parent;
    }

    public class Base
    {
        public virtual int Number { get; set; }
    }

    public class Overriding : Base
    {
        public Overriding()
        {
        }

        public Overriding(int ofBase, int number)
        {
            base.Number = ofBase;
            Number = number;
        }

        public override int Number { get; set; }

        [System.Text.Json.Serialization.JsonIgnore]
        public int OfBase => base.Number;
    }

    public sealed class Third : Overriding
    {
        public Third()
        {
        }

        public Third(int ofSecond) => base.Number = ofSecond;

        public override int Number { get; set; }
    }

    public sealed class PassedOn : Base
    {
        public override int Number { get => base.Number; set => base.Number = value; }
    }

    public sealed class Hiding : Base
    {
        public new int Number { get; set; }
    }

    public class InitializedBase
    {
        public virtual Command Command { get; set; } = new() { Number = 1 };

        public virtual string? Name { get; set; } = "base";
    }

    public sealed class Initialized : InitializedBase
    {
        public override Command Command { get; set; } = new();

        public override string? Name { get; set; }
    }

    public class FieldBase
    {
        public string? Text;
    }

    public sealed class HidingField : FieldBase
    {
        public new string? Text;
    }
}
