using System.Text.Json;
using System.Text.Json.Serialization;
using Handler.Functions;

namespace Handler.Tests.Functions;

public sealed class JsonPartsTests
{
    [Theory]
    [InlineData(typeof(int), new Type[0])]
    [InlineData(typeof(int?), new[] { typeof(int) })]
    [InlineData(typeof(List<string>), new[] { typeof(string) })]
    [InlineData(typeof(Dictionary<string, long>), new[] { typeof(long), typeof(string) })]
    [InlineData(typeof(Animal), new[] { typeof(Guid), typeof(Dog) })]
    public void A_type_holds_its_elements_its_keys_its_properties_and_the_classes_that_it_lists(Type type, Type[] parts)
        => Assert.Equal(parts, JsonParts.Of(JsonSerializerOptions.Default.GetTypeInfo(type)).Distinct());

    [Fact]
    public void A_converter_tells_which_types_its_values_hold()
    {
        var options = new JsonSerializerOptions
        {
            Converters = { new PairConverter() },
            TypeInfoResolver = JsonSerializerOptions.Default.TypeInfoResolver,
        };
        Assert.Equal([typeof(byte), typeof(char)], JsonParts.Of(options.GetTypeInfo(typeof(Pair))));
    }

    [JsonDerivedType(typeof(Dog))]
    internal class Animal
    {
        public Guid Id { get; set; }
    }

    internal sealed class Dog : Animal;

    internal sealed class Pair;

    private sealed class PairConverter : JsonConverter<Pair>, ICompositeConverter
    {
        public IEnumerable<Type> Parts => [typeof(byte), typeof(char)];

        public override Pair Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
            => throw new NotSupportedException();

        public override void Write(Utf8JsonWriter writer, Pair value, JsonSerializerOptions options) => throw new NotSupportedException();
    }
}
