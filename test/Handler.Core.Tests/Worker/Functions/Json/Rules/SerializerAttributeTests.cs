using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Handler.Tests.Functions;

/// <summary>Serializer attributes that a type has for other uses of JSON do not change its values on their way.</summary>
public sealed class SerializerAttributeTests
{
    private readonly LoopbackRunner runner = new();

    [Fact]
    public void Items_from_an_initializer_are_not_added_to_the_items_that_were_sent()
    {
        Assert.Equal([9], Through(new PopulatedType { Items = [9] }).Items);
        Assert.Equal([9], Through(new PopulatedProperty { Items = [9] }).Items);
        var getOnly = new PopulatedGetOnly();
        getOnly.Items.Clear();
        getOnly.Items.Add(9);
        getOnly.Map["b"] = 2;
        var through = Through(getOnly);
        Assert.Equal([9], through.Items);
        Assert.Equal(["a", "b"], through.Map.Keys);
        Assert.Empty(Through(new PopulatedType { Items = [] }).Items);
        Assert.Equal(3, Through(new PopulatedObject { Inner = new() { Number = 3 } }).Inner.Number);
        Assert.Equal([9], runner.Run(static () => new PopulatedType { Items = [9] }).Items);
        Assert.Contains("private field items", runner.Refused(static () => new PopulatedWrittenOut()).Message);
    }

    [Fact]
    public void Serializer_callbacks_change_neither_the_received_value_nor_the_callers_value()
    {
        var sent = new WithCallbacks { Number = 1 };
        Assert.Equal(1, Through(sent).Number);
        Assert.Equal(1, sent.Number);
        Assert.Equal(1, Through(new List<CallbackStruct?> { new() { Number = 1 } })[0]!.Value.Number);
        Assert.Equal(1, Through<BaseOfCallbacks>(new DerivedCallbacks { Number = 1 }).Number);
        Assert.Equal(1, runner.Run(static () => new WithCallbacks { Number = 1 }).Number);
        var list = new ListWithCallbacks { 1 };
        Assert.Equal([1], Through(list));
        Assert.Equal([1], list);
    }

    [Fact]
    public void Extension_data_arrives_unchanged_like_other_members()
    {
        var objects = Through(new Extended { Number = 1, More = new() { ["a"] = 1, ["b"] = "x", ["Number"] = 2.5m } });
        Assert.Equal((1, 1, "x", 2.5m), (objects.Number, objects.More!["a"], objects.More["b"], objects.More["Number"]));
        Assert.Null(Through(new Extended()).More);
        Assert.Empty(Through(new Extended { More = [] }).More!);
        Assert.Equal(
            "[1]",
            Through(new ExtendedElements { More = { ["a"] = JsonDocument.Parse("[1]").RootElement.Clone() } }).More["a"].GetRawText());
        Assert.Equal("""{"a":1}""", Through(new ExtendedNode { More = new JsonObject { ["a"] = 1 } }).More!.ToJsonString());
        Assert.Equal(1, runner.Run(static () => new Extended { More = new() { ["a"] = 1 } }).More!["a"]);
        Assert.Contains("declared as object", runner.Refused(Capture(new Extended { More = new() { ["a"] = new Poco() } })).Message);
    }

    [Fact]
    public void A_derived_class_that_is_listed_without_a_discriminator_keeps_its_type()
    {
        Assert.Equal(2, Assert.IsType<Listed>(Through(new List<Listing> { new Listed { Number = 1, More = 2 } })[0]).More);
        Assert.Equal(1, Assert.IsType<Listing>(Through(new List<Listing> { new() { Number = 1 } })[0]).Number);
        Assert.Equal(2, Assert.IsType<ListedLeaf>(runner.Run<IListing>(static () => new ListedLeaf { More = 2 })).More);
        Assert.Equal(2, Assert.IsType<Named>(Through(new List<Naming> { new Named { Number = 1, More = 2 } })[0]).More);
    }

    private static Func<bool> Capture<T>(T value) => () => value is null;

    private T Through<T>(T value) => runner.Run(() => value);

    [JsonObjectCreationHandling(JsonObjectCreationHandling.Populate)]
    public sealed class PopulatedType
    {
        public List<int> Items { get; set; } = [1, 2];
    }

    public sealed class PopulatedProperty
    {
        [JsonObjectCreationHandling(JsonObjectCreationHandling.Populate)]
        public List<int> Items { get; set; } = [1, 2];
    }

    [JsonObjectCreationHandling(JsonObjectCreationHandling.Populate)]
    public sealed class PopulatedGetOnly
    {
        public List<int> Items { get; } = [1, 2];

        public Dictionary<string, int> Map { get; } = new() { ["a"] = 1 };
    }

    [JsonObjectCreationHandling(JsonObjectCreationHandling.Populate)]
    public sealed class PopulatedObject
    {
        public Inner Inner { get; set; } = new() { Number = 1 };
    }

    public sealed class Inner
    {
        public int Number { get; set; }
    }

    [JsonObjectCreationHandling(JsonObjectCreationHandling.Populate)]
    public sealed class PopulatedWrittenOut
    {
        private readonly List<int> items = [1, 2];

        public List<int> Items => items;
    }

    public class WithCallbacks : IJsonOnSerializing, IJsonOnSerialized, IJsonOnDeserializing, IJsonOnDeserialized
    {
        public int Number { get; set; }

        public void OnSerializing() => Number += 10;

        public void OnSerialized() => Number += 100;

        public void OnDeserializing() => Number += 1000;

        public void OnDeserialized() => Number += 10_000;
    }

    public struct CallbackStruct : IJsonOnSerializing, IJsonOnDeserialized
    {
        public int Number { get; set; }

        public void OnSerializing() => Number += 10;

        public void OnDeserialized() => Number += 100;
    }

    public class BaseOfCallbacks
    {
        public int Number { get; set; }
    }

    public sealed class DerivedCallbacks : BaseOfCallbacks, IJsonOnDeserialized, IJsonOnSerializing
    {
        public void OnDeserialized() => Number++;

        public void OnSerializing() => Number++;
    }

    public sealed class ListWithCallbacks : List<int>, IJsonOnSerializing, IJsonOnDeserialized
    {
        public void OnSerializing() => Add(2);

        public void OnDeserialized() => Add(3);
    }

    public sealed class Extended
    {
        public int Number { get; set; }

        [JsonExtensionData]
        public Dictionary<string, object>? More { get; set; }
    }

    public sealed class ExtendedElements
    {
        [JsonExtensionData]
        public Dictionary<string, JsonElement> More { get; set; } = [];
    }

    public sealed class ExtendedNode
    {
        [JsonExtensionData]
        public JsonObject? More { get; set; }
    }

    [JsonDerivedType(typeof(Listed))]
    public class Listing
    {
        public int Number { get; set; }
    }

    public sealed class Listed : Listing
    {
        public int More { get; set; }
    }

    [JsonDerivedType(typeof(ListedLeaf))]
    public interface IListing;

    public sealed class ListedLeaf : IListing
    {
        public int More { get; set; }
    }

    [JsonDerivedType(typeof(Named), "named")]
    public class Naming
    {
        public int Number { get; set; }
    }

    public sealed class Named : Naming
    {
        public int More { get; set; }
    }
}
