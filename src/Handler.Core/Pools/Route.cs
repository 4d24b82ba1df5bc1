namespace Handler.Pools;

/// <summary>
/// Which way a request came through the pools: five bits for each time a parent was asked. A job holds at most one share in a pool; the
/// route tells its second request there from the first one sent twice. So a parent is never asked twice by the same route: a
/// release that takes the first request back, and comes late, must not meet the share that the second one got.
/// </summary>
internal static class Route
{
    public const int MaxDepth = 12;
    public const int MaxParents = 15;

    /// <summary>The route of a request that comes from a node.</summary>
    public const ulong Entry = 1;

    private const int BitsPerHop = 5;

    /// <summary>The route on to the parent at this place (from 0) of the list.</summary>
    public static ulong Through(ulong route, int parent) => (route << BitsPerHop) | (uint)(parent + 1);

    /// <summary>The route on to it when it is asked again, to wait for room there.</summary>
    public static ulong AgainThrough(ulong route, int parent) => (route << BitsPerHop) | (uint)(parent + 1 + MaxParents);

    /// <summary>Whether there is room for one more hop.</summary>
    public static bool CanGoOn(ulong route) => route < 1UL << (BitsPerHop * (MaxDepth - 1));

    /// <summary>Whether the later request came through the pool that the earlier one had reached: a circle.</summary>
    public static bool Descends(ulong later, ulong earlier)
    {
        while (later > earlier)
            later >>= BitsPerHop;
        return later == earlier;
    }
}
