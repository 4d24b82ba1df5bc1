namespace Handler.Wire;

/// <summary>The descriptors that a worker starts with, in addition to its three standard streams.</summary>
internal static class WorkerDescriptors
{
    /// <summary>The worker reads requests here.</summary>
    public const int Requests = 3;

    /// <summary>The worker writes responses here.</summary>
    public const int Responses = 4;

    /// <summary>The read end of a pipe whose write end only the parent has, so that the kernel reports the parent's death.</summary>
    public const int Lifeline = 5;

    /// <summary>The memory of the <see cref="SharedPage"/>.</summary>
    public const int Page = 6;

    /// <summary>The number after the last of these descriptors.</summary>
    public const int End = 7;

    /// <summary>Only while a worker enters its namespaces: the socket through which it gets the others.</summary>
    public const int Entry = 7;

    /// <summary>Only in process 1 of a worker's process namespace: the pipe whose end is also its end.</summary>
    public const int EndOfFirst = 8;

    /// <summary>The number after the last of all.</summary>
    public const int EndOfAll = 9;

    /// <summary>The descriptors of a process and their numbers in it.</summary>
    /// <param name="input">Standard input.</param>
    /// <param name="others">Those from standard output on.</param>
    public static (int Ours, int Theirs)[] All(int input, ReadOnlySpan<int> others)
    {
        var all = new (int, int)[1 + others.Length];
        all[0] = (input, 0);
        for (var i = 1; i < all.Length; i++)
            all[i] = (others[i - 1], i);
        return all;
    }
}
