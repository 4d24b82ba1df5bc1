using Handler.Cluster;

namespace Handler.Grains.Wire;

/// <summary>A message holds something that this version does not know: client and silos, or two silos, are of versions that do not fit together.</summary>
[GenerateSerializer]
[Alias("handler.ProtocolException")]
public sealed class HandlerProtocolException(string message) : Exception(message), IUnreadableAnswer;

/// <summary>Checks what arrives.</summary>
internal static class WireGuard
{
    /// <summary>The number as a value of an enumeration.</summary>
    /// <exception cref="HandlerProtocolException">This version has no such value.</exception>
    public static T Enum<T>(int number)
        where T : struct, System.Enum
    {
        var value = (T)System.Enum.ToObject(typeof(T), number);
        return System.Enum.IsDefined(value)
            ? value
            : throw new HandlerProtocolException($"A message has the {typeof(T).Name} {number}, which this version of Handler does not know; it knows {string.Join(", ", System.Enum.GetValues<T>().Select(known => $"{known} ({known:D})"))}. Client and silos must be of versions that fit together.");
    }

    /// <summary>So many bytes.</summary>
    /// <exception cref="HandlerProtocolException">There cannot be so many.</exception>
    public static int Length(int bytes, string name)
        => bytes is >= 0 and <= CallerOptions.MostPayloadBytesOnCluster ? bytes : throw new HandlerProtocolException($"A message has {bytes} bytes as its {name}; allowed is 0 to {CallerOptions.MostPayloadBytesOnCluster}.");

    /// <summary>What must not be missing.</summary>
    /// <exception cref="HandlerProtocolException">It is missing.</exception>
    public static T NotNull<T>(T? part, string name)
        where T : class
        => part ?? throw new HandlerProtocolException($"A message comes without its {name}. Client and silos must be of versions that fit together.");
}
