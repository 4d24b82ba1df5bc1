using System.Runtime.InteropServices;
using System.Text.Json;

namespace Handler.Functions;

/// <summary>
/// Compares two values as written, to the last digit. The order of an object's members and of a dictionary's entries does not matter.
/// </summary>
internal static class JsonExact
{
    public static bool Same(byte[] first, byte[] second)
    {
        if (first.AsSpan().SequenceEqual(second))
            return true;
        using var one = JsonDocument.Parse(first);
        using var other = JsonDocument.Parse(second);
        return Same(one.RootElement, other.RootElement);
    }

    /// <summary>
    /// 1.0 and 1.00 are different, and so are 0 and -0: a decimal number and a floating-point number preserve the difference.
    /// </summary>
    public static bool Same(JsonElement first, JsonElement second)
    {
        if (first.ValueKind != second.ValueKind)
            return false;
        return first.ValueKind switch
        {
            JsonValueKind.Object => SameMembers(first, second),
            JsonValueKind.Array => SameItems(first, second),
            _ => JsonMarshal.GetRawUtf8Value(first).SequenceEqual(JsonMarshal.GetRawUtf8Value(second)),
        };
    }

    private static bool SameMembers(JsonElement first, JsonElement second)
    {
        if (first.GetPropertyCount() != second.GetPropertyCount())
            return false;
        var others = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var property in second.EnumerateObject())
            others[property.Name] = property.Value;
        foreach (var property in first.EnumerateObject())
        {
            if (!others.TryGetValue(property.Name, out var other) || !Same(property.Value, other))
                return false;
        }

        return true;
    }

    private static bool SameItems(JsonElement first, JsonElement second)
    {
        if (first.GetArrayLength() != second.GetArrayLength())
            return false;
        using var others = second.EnumerateArray().GetEnumerator();
        foreach (var item in first.EnumerateArray())
        {
            if (!others.MoveNext() || !Same(item, others.Current))
                return false;
        }

        return true;
    }
}
