using System.Text.Json;
using System.Text.Json.Serialization;

namespace Handler.Functions;

/// <summary>Comparers that are the same in every process, by name.</summary>
internal sealed class ComparerConverter<TComparer, T> : JsonConverter<TComparer>
    where TComparer : class, IComparer<T>
{
    public override void Write(Utf8JsonWriter writer, TComparer value, JsonSerializerOptions options)
        => writer.WriteStringValue(ComparerTags.Of<T>((IComparer<T>)value, value.GetType()));

    public override TComparer Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        => ComparerTags.Ordering<T>(reader.GetString() ?? "") as TComparer
        ?? throw new JsonException($"It is not a {TypeName.Of(typeof(TComparer))}.");
}
