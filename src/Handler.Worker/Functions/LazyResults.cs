namespace Handler.Functions;

/// <summary>Makes arrays of results that are declared as sequences and computed while they are read.</summary>
internal static class LazyResults
{
    /// <summary>How to read out a result of type <typeparamref name="T"/>; <see langword="null"/> where it is no sequence.</summary>
    public static Func<T?, T?>? ReaderOf<T>()
    {
        if (!typeof(T).IsGenericType || typeof(T).GetGenericTypeDefinition() != typeof(IEnumerable<>))
            return null;
        var method = typeof(LazyResults).GetMethod(nameof(Read), System.Reflection.BindingFlags.Static | System.Reflection.BindingFlags.NonPublic)!;
        return method.MakeGenericMethod(typeof(T).GetGenericArguments()).CreateDelegate<Func<T?, T?>>();
    }

    private static IEnumerable<TItem>? Read<TItem>(IEnumerable<TItem>? sequence)
        => sequence is not null && ProcessBoundTypes.IsLazySequence(sequence) ? sequence.ToArray() : sequence;
}
