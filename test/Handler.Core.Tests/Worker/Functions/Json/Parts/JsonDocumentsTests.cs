using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Handler.Functions;

namespace Handler.Tests.Functions;

public sealed class JsonDocumentsTests
{
    private const int BytesPerToken = 40;

    [Theory]
    [InlineData(typeof(JsonElement), true)]
    [InlineData(typeof(JsonNode), true)]
    [InlineData(typeof(JsonArray), true)]
    [InlineData(typeof(string), false)]
    [InlineData(typeof(object), false)]
    public void A_document_is_an_element_or_a_node(Type type, bool isDocument) => Assert.Equal(isDocument, JsonDocuments.Includes(type));

    [Theory]
    [InlineData("7", 2)]
    [InlineData("[1,2,3]", 5)]
    [InlineData("{\"a\":[true]}", 6)]
    public void A_document_costs_its_bytes_and_memory_for_each_token(string json, int tokens)
        => Assert.Equal(json.Length + (BytesPerToken * tokens), JsonDocuments.CostOf(new Utf8JsonReader(Encoding.UTF8.GetBytes(json))));

    [Fact]
    public void Only_the_document_at_the_readers_position_counts()
    {
        var reader = new Utf8JsonReader("[[1,2],3]"u8);
        reader.Read();
        reader.Read(); // the inner array has begun
        Assert.Equal("1,2]".Length + (BytesPerToken * 3), JsonDocuments.CostOf(reader));
    }
}
