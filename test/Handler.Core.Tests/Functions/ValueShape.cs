using System.Collections;

namespace Handler.Tests.Functions;

/// <summary>
/// A type of values to send: makes a value from random bits, and compares two values in everything that a function can see.
/// </summary>
internal abstract record ValueShape(Type Type)
{
    public abstract string? Difference(LoopbackRunner runner, Random random);
}

internal sealed record ValueShape<T>(Func<Random, T> Make, Func<T, T, bool> AreEqual) : ValueShape(typeof(T))
{
    /// <summary>Sends a value there and back. Returns what is different, or <see langword="null"/>.</summary>
    public override string? Difference(LoopbackRunner runner, Random random)
    {
        var value = Make(random);
        T back;
        try
        {
            back = runner.Run(() => value);
        }
        catch (Exception exception)
        {
            return $"{Text(value)} of type {typeof(T)} was not sent: {exception}";
        }

        return AreEqual(value, back) ? null : $"{Text(value)} of type {typeof(T)} came back as {Text(back)}";
    }

    private static string Text(object? value)
        => value is IEnumerable items and not string ? $"[{string.Join(", ", items.Cast<object?>().Select(Text))}]" : $"{value}";
}
