namespace Handler.Grains.Wire;

/// <summary>Checks received messages.</summary>
internal static class WireGuard
{
    /// <summary>Converts a number to a value of an enumeration.</summary>
    /// <exception cref="HandlerProtocolException">This version has no such value.</exception>
    public static T Enum<T>(int number)
        where T : struct, System.Enum
    {
        var value = (T)System.Enum.ToObject(typeof(T), number);
        return System.Enum.IsDefined(value)
            ? value
            : throw new HandlerProtocolException(
                $"A message has the {typeof(T).Name} {number}, which this version of Handler does not know; "
                    + $"it knows {string.Join(", ", System.Enum.GetValues<T>().Select(known => $"{known} ({known:D})"))}. "
                    + "Client and silos must be of compatible versions.");
    }

    /// <summary>Checks a number of bytes.</summary>
    /// <exception cref="HandlerProtocolException">The number is negative or exceeds the largest payload.</exception>
    public static int Length(int bytes, string name)
        => bytes is >= 0 and <= HandlerOptionsBase.MostPayloadBytesOnCluster
            ? bytes
            : throw new HandlerProtocolException(
                $"A message has {bytes} bytes as its {name}; it must be between 0 and {HandlerOptionsBase.MostPayloadBytesOnCluster}.");

    /// <summary>Checks the weight of a pool. 0 means that the sender does not know weights.</summary>
    /// <exception cref="HandlerProtocolException">No pool can have this weight.</exception>
    public static int Weight(int weight)
        => weight is >= 0 and <= PoolOptions.MaxWeight
            ? Math.Max(weight, 1)
            : throw new HandlerProtocolException(
                $"A message has a pool of weight {weight}; it must be between 1 and {PoolOptions.MaxWeight}.");

    /// <summary>Checks that a required part is present.</summary>
    /// <exception cref="HandlerProtocolException">The part is missing.</exception>
    public static T NotNull<T>(T? part, string name)
        where T : class
        => part ?? throw Missing(name);

    /// <inheritdoc cref="NotNull{T}(T, string)"/>
    public static T NotNull<T>(T? part, string name)
        where T : struct
        => part ?? throw Missing(name);

    private static HandlerProtocolException Missing(string name)
        => new($"A message is missing its {name}. Client and silos must be of compatible versions.");
}
