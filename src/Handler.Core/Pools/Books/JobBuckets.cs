namespace Handler.Pools;

/// <summary>
/// Which bucket of a hash table a job falls into. The bucket count is prime. Consecutive job ids map to adjacent buckets, which keeps big
/// tables in the cache. Ids with a power-of-two stride, as when a node serves several pools in turn, still spread evenly.
/// </summary>
internal readonly struct JobBuckets
{
    private readonly ulong multiplier;

    /// <param name="atLeast">The minimum number of buckets; at least 2.</param>
    public JobBuckets(int atLeast)
    {
        Count = atLeast | 1;
        while (!IsPrime(Count))
            Count += 2;
        multiplier = (ulong.MaxValue / (uint)Count) + 1;
    }

    public int Count { get; }

    // The remainder by two multiplications, which are faster than a division: D. Lemire, O. Kaser, N. Kurz, Faster Remainder by Direct
    // Computation, 2019.
    public int Of(JobId job) => (int)Math.BigMul(multiplier * (uint)job.GetHashCode(), (ulong)Count, out _);

    private static bool IsPrime(int odd)
    {
        for (var divisor = 3; (long)divisor * divisor <= odd; divisor += 2)
        {
            if (odd % divisor == 0)
                return false;
        }

        return true;
    }
}
