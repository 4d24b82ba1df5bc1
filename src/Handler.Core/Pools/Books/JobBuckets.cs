namespace Handler.Pools;

/// <summary>
/// Which bucket of a hash table a job falls into. There is a prime number of them: consecutive jobs fall into neighbouring buckets, which keeps big tables in the cache, and those of which one in so many
/// comes to a pool, say because a node serves a power of two of them in turns, into different ones all the same.
/// </summary>
internal readonly struct JobBuckets
{
    private readonly ulong _multiplier;

    /// <param name="atLeast">How many buckets at least; from 2 on.</param>
    public JobBuckets(int atLeast)
    {
        Count = atLeast | 1;
        while (!IsPrime(Count))
            Count += 2;
        _multiplier = (ulong.MaxValue / (uint)Count) + 1;
    }

    public int Count { get; }

    // The remainder by two multiplications, which take less time than a division: D. Lemire, O. Kaser, N. Kurz, Faster Remainder by Direct Computation, 2019.
    public int Of(JobId job) => (int)Math.BigMul(_multiplier * (uint)job.GetHashCode(), (ulong)Count, out _);

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
