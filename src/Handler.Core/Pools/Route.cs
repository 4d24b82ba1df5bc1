namespace Handler.Pools;

/// <summary>
/// The path by which a request came through the pools: a number that no two requests to a pool about one job have in common, unless one is
/// the other sent twice. It is made of the route to the asking pool, that pool's epoch, and the number of its request.
/// <para>
/// A job holds at most one share in a pool, and only the route by which it was asked for can release it. Otherwise a
/// late withdrawal of an earlier request, or of the same one forwarded by a replaced activation, would free the share with which the
/// job runs.
/// </para>
/// </summary>
internal static class Route
{
    /// <summary>The maximum number of pools in a chain.</summary>
    public const int MaxDepth = 64;

    /// <summary>The route of a request that comes from a node.</summary>
    public const ulong Entry = 1UL << DepthBits;

    private const int DepthBits = 7;

    /// <summary>The number of pools that were asked before.</summary>
    public static int Depth(ulong route) => (int)(route & ((1 << DepthBits) - 1));

    /// <summary>Whether there is room for one more hop.</summary>
    public static bool CanContinue(ulong route) => Depth(route) < MaxDepth - 1;

    /// <summary>The route to the parent at this place of the list.</summary>
    public static ulong Through(ulong route, long epoch, int parent)
    {
        // The finalizer of splitmix64, twice: any two requests almost certainly differ in their 57 bits.
        var hash = Mix(Mix((route >> DepthBits) + (ulong)epoch) + (ulong)(uint)parent);
        return (hash << DepthBits) | (uint)(Depth(route) + 1);
    }

    /// <summary>The route to the same parent when it is asked again, to wait for room there.</summary>
    public static ulong AgainThrough(ulong route, long epoch, int parent) => Through(route, epoch, ~parent);

    private static ulong Mix(ulong x)
    {
        x += 0x9E3779B97F4A7C15;
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return x ^ (x >> 31);
    }
}
