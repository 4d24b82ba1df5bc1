using System.Text;

namespace Handler.Watchdog;

/// <summary>
/// Finds what the .NET runtime writes to stderr when it aborts. The stack trace that follows may be far longer than what is kept of
/// stderr, so it is looked for as the bytes come in.
/// </summary>
internal sealed class LastWords
{
    private const int Kept = 512;

    private static readonly byte[][] Marks = [.. new[] { StackOverflow, UnhandledException, FailFast, AccessViolation }.Select(Encoding.ASCII.GetBytes)];
    private static readonly int Overlap = Marks.Max(mark => mark.Length) - 1;

    private readonly List<byte> found = [];
    private readonly byte[] end = new byte[Overlap];
    private int endLength;

    private const string StackOverflow = "Stack overflow.", UnhandledException = "Unhandled exception. ", FailFast = "Process terminated.", AccessViolation = "Fatal error. System.AccessViolationException";

    /// <summary>Takes what came next.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (found.Count == 0)
        {
            // A mark may be cut in two.
            byte[] joined = [.. end.AsSpan(0, endLength), .. bytes];
            foreach (var mark in Marks)
            {
                var at = joined.AsSpan().IndexOf(mark);
                if (at >= 0)
                {
                    found.AddRange(joined.AsSpan(at, Math.Min(Kept, joined.Length - at)));
                    return;
                }
            }

            endLength = Math.Min(Overlap, joined.Length);
            joined.AsSpan(joined.Length - endLength).CopyTo(end);
        }
        else if (found.Count < Kept)
        {
            found.AddRange(bytes[..Math.Min(bytes.Length, Kept - found.Count)]);
        }
    }

    /// <summary>Forgets: what comes next belongs to another job.</summary>
    public void Clear()
    {
        found.Clear();
        endLength = 0;
    }

    /// <summary>From the mark on; empty where there was none.</summary>
    public override string ToString() => Encoding.UTF8.GetString([.. found]);

    /// <summary>What such words say happened; <see langword="null"/> where they say nothing.</summary>
    public static string? Read(string words)
    {
        if (words.StartsWith(StackOverflow, StringComparison.Ordinal))
            return "stack overflow";
        if (words.StartsWith(UnhandledException, StringComparison.Ordinal))
            return "unhandled exception " + FirstLine(words[UnhandledException.Length..]);
        if (words.StartsWith(FailFast, StringComparison.Ordinal))
            return "fail fast: " + FirstLine(words[FailFast.Length..]);
        if (words.StartsWith(AccessViolation, StringComparison.Ordinal))
            return "access violation";
        return null;
    }

    private static string FirstLine(string text)
    {
        var line = text.AsSpan().TrimStart();
        var end = line.IndexOf('\n');
        return (end < 0 ? line : line[..end]).TrimEnd().ToString();
    }
}
