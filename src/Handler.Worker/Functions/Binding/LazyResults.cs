namespace Handler.Functions;

/// <summary>Creates arrays from results that are declared as sequences and computed while they are enumerated.</summary>
internal static class LazyResults
{
    /// <summary>
    /// A function that enumerates a result of type <typeparamref name="T"/>; <see langword="null"/> if the type is not a sequence.
    /// </summary>
    public static Func<T?, T?>? ReaderOf<T>()
    {
        if (!typeof(T).IsGenericType || typeof(T).GetGenericTypeDefinition() != typeof(IEnumerable<>))
            return null;
        var method = typeof(LazyResults).GetMethod(
            nameof(Read),
            System.Reflection.BindingFlags.Static | System.Reflection.BindingFlags.NonPublic
        )!;
        return method.MakeGenericMethod(typeof(T).GetGenericArguments()).CreateDelegate<Func<T?, T?>>();
    }

    private static IEnumerable<TItem>? Read<TItem>(IEnumerable<TItem>? sequence)
        => sequence is not null && ProcessBoundTypes.IsLazySequence(sequence) ? sequence.ToArray() : sequence;
}
