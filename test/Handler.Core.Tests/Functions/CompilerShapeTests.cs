using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;
using FS = Handler.FSharpFunctions.Functions;
using VB = Handler.VisualBasicFunctions.Functions;

namespace Handler.Tests.Functions;

/// <summary>
/// The classes that the compilers of C#, F# and Visual Basic make for functions. Debug and Release builds differ:
/// run these tests in both.
/// </summary>
public sealed class CompilerShapeTests
{
    private readonly LoopbackRunner runner = new();

    [Fact]
    public void Lambdas_that_capture_nothing_can_be_sent_from_generic_methods_and_types()
    {
        Assert.Equal(2, InGenericMethod<string>());
        Assert.Equal("String/Int32", NamesInGenericMethod<string, int>());
        Assert.Equal("Guid/String", Outer<Guid>.Names<string>(runner));
        Assert.Equal("Guid/String/Int32", Outer<Guid>.Inner<string>.Names<int>(runner));
        Assert.Equal("Int32", Struct<int>.Name(runner));
        Assert.Equal("String", GenericLocalFunction<string>());
    }

    [Fact]
    public async Task Asynchronous_lambdas_and_iterators_can_be_sent_from_generic_methods()
    {
        Assert.Equal("String", await Later<string>());
        Assert.Equal("String3", await LaterCapturing<string>(3));
        Assert.Equal(6, Iterated<int>(3));
    }

    [Fact]
    public void Lambdas_of_every_kind_of_member_can_be_sent()
    {
        var members = new Members(4);
        Assert.Equal(5, runner.Run(members.FromProperty));
        Assert.Equal(5, runner.Run(members[1]));
        Assert.Equal(4, runner.Run(Members.FromField));
        Assert.Equal(9, runner.Run(+members));
        Assert.Equal(3, runner.Run("abc".LengthLater()));
        Assert.Equal("abc!", runner.Run("abc".Shouted));
        Assert.Equal(6, runner.Run(new Positions(1, 2).Sum()));
        Assert.Equal(3, runner.Run(FileScoped.Make(2)));
    }

    [Fact]
    public void Query_expressions_switches_and_patterns_can_be_sent()
    {
        var numbers = new[] { 1, 2, 3 };
        object thing = 5;
        Assert.Equal(10, runner.Run(() => (from n in numbers let twice = n * 2 where n > 1 select twice).Sum()));
        Assert.Equal("number 5", runner.Run(() => thing switch { int n when n > 4 => $"number {n}", string text => text, _ => "other" }));
        Assert.Equal(2, runner.Run(() => numbers is [_, var middle, _] ? middle : 0));
        Assert.Equal([1, 2, 3, 4], runner.Run(() => (int[])[.. numbers, 4]));
    }

    [Fact]
    public void A_parameter_of_a_primary_constructor_is_refused_as_this_and_a_copy_of_it_is_sent()
    {
        var refused = runner.Refused(new Primary(3).Direct());
        Assert.Contains("'this'", refused.Message);
        Assert.Contains("local variables", refused.Message);
        Assert.Equal(4, runner.Run(new Primary(3).Copied()));
    }

    [Fact]
    public void FSharp_functions_can_be_sent()
    {
        Assert.Equal(2, runner.Run(FS.nothing()));
        Assert.Equal(8, runner.Run(FS.capturing(5, "abc")));
        Assert.Equal(10, runner.Run(FS.callsModule(5)));
        Assert.Equal(30, runner.Run(FS.nested(5)));
        Assert.Equal(15, runner.Run(FS.recursive(5)));
        Assert.Equal("a7", runner.Run(FS.record(new FS.Person("a", 7))));
        Assert.Equal(3, runner.Run(FS.structRecord(new FS.Point(1, 2))));
        Assert.Equal(new FS.Person("a", 9), runner.Run(FS.returnsRecord(9)));
        Assert.Equal("Stringtext", runner.Run(FS.generic("text")));
        Assert.Equal("String", runner.Run(FS.genericThatCapturesNothing<string>()));
        Assert.Equal(10, runner.Run(FS.sequence(4)));
        Assert.Equal([1, 2, 3], runner.Run(FS.returnsSequence(3)));
        var numbers = FS.returnsSequence(3)();
        Assert.Equal(6, runner.Run(() => numbers.Sum()));
        Assert.Equal(2, runner.Run(FS.query([1, 2, 3])));
        Assert.Equal(6, runner.Run(FS.refCell(5)));
        Assert.Equal("1a", runner.Run(FS.tupleOf(1, "a")));
        Assert.Equal("Int32", runner.Run(FSharpFunctions.Functions.Generic<int>.Name()));
        Assert.Equal(2, runner.Run(FSharpFunctions.Functions.Generic<int>.Pair(1)));
    }

    [Fact]
    public async Task FSharp_functions_that_return_tasks_can_be_sent()
    {
        Assert.Equal(6, (await runner.RunAsync(FS.asTask(5))).GetValueOrThrow());
        Assert.Equal(6, (await runner.RunAsync(FS.asAsync(5))).GetValueOrThrow());
    }

    [Fact]
    public void FSharp_function_values_are_sent_with_their_captured_values()
    {
        Assert.Equal(45, runner.Run(FS.fromFunction(5)));
        Assert.Equal(42, runner.Run(FS.fromFunctionThatCapturesNothing()));
        Assert.Equal(13, runner.Run(FS.callsCaptured(5)));
        var function = FS.functionValues(5).Head;
        Assert.Equal(12, runner.Run(() => function.Invoke(7)));
        Assert.Equal(9, runner.Run(FS.delegateInside(FS.capturing(5, "abc"))));
    }

    [Fact]
    public void FSharp_collections_and_options_arrive_unchanged()
    {
        Assert.Equal(6, runner.Run(FS.listOf(ListModule.OfSeq([1, 2, 3]))));
        Assert.Equal(5, runner.Run(FS.mapOf(MapModule.OfSeq([Tuple.Create("a", 5)]))));
        Assert.Equal(2, runner.Run(FS.setOf(SetModule.OfSeq([1, 2, 1]))));
        Assert.Equal(5, runner.Run(FS.optionOf(FSharpOption<int>.Some(5))));
        Assert.Equal(7, runner.Run(FS.optionOf(FSharpOption<int>.None)));
        var list = ListModule.OfSeq(["a", "b"]);
        Assert.Equal(list, runner.Run(() => list));
    }

    [Fact]
    public void An_FSharp_lambda_is_sent_with_its_object_or_with_copies_of_the_values_it_needs()
    {
        Assert.Equal(4, runner.Run(new FS.Holder(3).UsesThis()));
        Assert.Equal(4, runner.Run(new FS.Holder(3).CopiesFirst()));
    }

    [Fact]
    public async Task Visual_Basic_functions_can_be_sent()
    {
        Assert.Equal(2, runner.Run(VB.CapturesNothing()));
        Assert.Equal(8, runner.Run(VB.Capturing(5, "abc")));
        Assert.Equal(13, runner.Run(VB.TwoScopes(5)));
        Assert.Equal("String", runner.Run(VB.GenericCapturesNothing<string>()));
        Assert.Equal("Int325", runner.Run(VB.GenericCapturing(5)));
        Assert.Equal("Guid/Int32", runner.Run(VisualBasicFunctions.Generic<Guid>.Names<int>()));
        Assert.Equal(10, runner.Run(VB.Query([1, 2, 3])));
        Assert.Equal(6, runner.Run(VB.Iterated(3)));
        Assert.Equal(7, runner.Run(VB.MethodGroup()));
        Assert.Equal(7L, runner.Run(VB.ReturnTypeRelaxed()));
        Assert.Equal(8, runner.Run(VB.LocalKept(5)));
        Assert.Equal(5, (await runner.RunAsync(VB.RelaxedLambda())).GetValueOrThrow());
        Assert.Equal(6, (await runner.RunAsync(VB.Later(5))).GetValueOrThrow());
        (await runner.RunAsync(VB.AnAction([]))).ThrowIfFailed();
    }

    [Fact]
    public void A_Visual_Basic_lambda_that_uses_Me_is_refused_and_one_that_uses_a_copy_is_sent()
    {
        var refused = runner.Refused(new VisualBasicFunctions.Holder().UsesThis());
        Assert.Contains("'this'", refused.Message);
        Assert.Contains("local variables", refused.Message);
        Assert.Equal(4, runner.Run(new VisualBasicFunctions.Holder().CopiesFirst()));
    }

    [Fact]
    public void A_delegate_made_of_another_delegate_is_refused_and_a_lambda_around_it_is_sent()
    {
        var text = "abc";
        Func<string> exact = () => text + "!";
        Assert.Contains("lambda", runner.Refused(new Func<object>(exact.Invoke)).Message);
        Assert.Equal("abc!", runner.Run<object>(() => exact()));
    }

    private int InGenericMethod<T>() => runner.Run(() => 1 + 1);

    private string NamesInGenericMethod<TFirst, TSecond>() => runner.Run(() => $"{typeof(TFirst).Name}/{typeof(TSecond).Name}");

    private string GenericLocalFunction<T>()
    {
        return runner.Run(Name<T>);

        static string Name<TInner>() => typeof(TInner).Name;
    }

    private async Task<string> Later<T>()
        => (
            await runner.RunAsync(async () =>
            {
                await Task.Yield();
                return typeof(T).Name;
            })
        ).GetValueOrThrow();

    private async Task<string> LaterCapturing<T>(int x)
        => (
            await runner.RunAsync(async () =>
            {
                await Task.Yield();
                return typeof(T).Name + x;
            })
        ).GetValueOrThrow();

    private int Iterated<T>(int count)
    {
        return runner.Run(() => Numbers().Sum());

        IEnumerable<int> Numbers()
        {
            for (var i = 1; i <= count; i++)
                yield return typeof(T) == typeof(int) ? i : 0;
        }
    }

    private static class Outer<T>
    {
        public static string Names<TOther>(LoopbackRunner runner) => runner.Run(() => $"{typeof(T).Name}/{typeof(TOther).Name}");

        public static class Inner<TInner>
        {
            public static string Names<TOther>(LoopbackRunner runner)
                => runner.Run(() => $"{typeof(T).Name}/{typeof(TInner).Name}/{typeof(TOther).Name}");
        }
    }

    private readonly struct Struct<T>
    {
        public static string Name(LoopbackRunner runner) => runner.Run(static () => typeof(T).Name);
    }

    private sealed class Members(int number)
    {
        public static readonly Func<int> FromField = () => 4;

        public Func<int> FromProperty
        {
            get
            {
                var copy = number;
                return () => copy + 1;
            }
        }

        public Func<int> this[int index]
        {
            get
            {
                var copy = number;
                return () => copy + index;
            }
        }

        public static Func<int> operator +(Members members)
        {
            var copy = members.FromProperty();
            return () => copy + 4;
        }
    }

    private sealed class Primary(int number)
    {
        public Func<int> Direct() => () => number + 1;

        public Func<int> Copied()
        {
            var copy = number;
            return () => copy + 1;
        }
    }

    private readonly record struct Positions(int X, int Y)
    {
        public Func<int> Sum()
        {
            var copy = this;
            return () => (copy.X + copy.Y) * 2;
        }
    }
}

file static class FileScoped
{
    public static Func<int> Make(int x) => () => x + 1;
}
