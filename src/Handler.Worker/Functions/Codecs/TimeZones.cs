namespace Handler.Functions;

/// <summary>Time zones: by name if the machine knows the name, otherwise with all their rules.</summary>
internal static class TimeZones
{
    private const char Named = '@';
    private const int MostNameChars = 64;

    public static string ToText(TimeZoneInfo zone)
    {
        if (IsName(zone.Id) && TimeZoneInfo.TryFindSystemTimeZoneById(zone.Id, out var known) && known.Equals(zone))
            return Named + zone.Id;
        var text = zone.ToSerializedString();
        if (!TryRead(text, out var read) || !read.Equals(zone))
            throw new NotSupportedException(
                $"The time zone \"{zone.Id}\" is not one of the machine's, and its rules would not come back the same. "
                    + "Capture its name, or make it inside the function.");
        return text;
    }

    public static TimeZoneInfo FromText(string text)
    {
        if (!text.StartsWith(Named))
            return TimeZoneInfo.FromSerializedString(text);
        return IsName(text[1..])
            ? TimeZoneInfo.FindSystemTimeZoneById(text[1..])
            : throw new FormatException("It is not the name of a time zone.");
    }

    /// <summary>The check is needed because the name becomes part of a path.</summary>
    private static bool IsName(string id)
    {
        if (id.Length > MostNameChars)
            return false;
        foreach (var part in id.Split('/'))
        {
            if (part.Length == 0 || !part.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '+'))
                return false;
        }

        return true;
    }

    private static bool TryRead(string text, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out TimeZoneInfo? zone)
    {
        try
        {
            zone = TimeZoneInfo.FromSerializedString(text);
            return true;
        }
        catch (Exception exception) when (exception is System.Runtime.Serialization.SerializationException or ArgumentException)
        {
            zone = null;
            return false;
        }
    }
}
