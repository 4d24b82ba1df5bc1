namespace Handler.Functions;

/// <summary>Converts exceptions of constructors about values out of range to the exception for damaged payloads.</summary>
internal static class ValueRange
{
    public static T Checked<TRaw, T>(TRaw raw, Func<TRaw, T> make)
        where TRaw : allows ref struct
    {
        try
        {
            return make(raw);
        }
        catch (Exception exception) when (exception is ArgumentException or OverflowException)
        {
            throw new FormatException($"The payload has a {TypeName.Of(typeof(T))} that is out of range.", exception);
        }
    }
}
