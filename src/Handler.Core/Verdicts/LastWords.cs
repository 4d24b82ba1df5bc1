using System.Text;
using Handler.Infrastructure;

namespace Handler.Verdicts;

/// <summary>
/// Finds the text that the .NET runtime, or the C library, writes to stderr when it aborts. The stack trace after it may be far longer than
/// the part of stderr that is kept, so the text is searched for as the bytes arrive. A job may have written such text itself before, such
/// as to a log; a match at the start of a later line replaces it.
/// </summary>
internal sealed class LastWords
{
    private const string StackOverflow = "Stack overflow.",
        UnhandledException = "Unhandled exception. ",
        FailFast = "Process terminated.",
        FatalError = "Fatal error.",
        OutOfMemory = "Out of memory.";
    private const string AccessViolation = "System.AccessViolationException";

    /// <summary>Texts with which native code aborts. The rest of the line belongs to them.</summary>
    private static readonly string[] Native =
    [
        "Assertion `",
        "terminate called ",
        "*** stack smashing detected ***",
        "*** buffer overflow detected ***",
        "double free or corruption",
        "free(): ",
        "malloc(): ",
        "realloc(): ",
        "munmap_chunk(): ",
        "malloc_consolidate(): ",
        "corrupted size vs. prev_size",
        "corrupted double-linked list",
    ];

    private static readonly byte[][] Marks =
    [
        .. ((string[])[StackOverflow, UnhandledException, FailFast, FatalError, OutOfMemory, .. Native]).Select(Encoding.ASCII.GetBytes),
    ];

    private static readonly byte[][] MarksOfALine = [.. Marks.Select(mark => (byte[])[(byte)'\n', .. mark])];

    /// <summary>The line after one of these is its text, even if it looks like a mark.</summary>
    private static readonly byte[][] Headings = [Encoding.ASCII.GetBytes(FailFast), Encoding.ASCII.GetBytes(FatalError)];

    /// <summary>How many earlier bytes are kept: a mark may be split in two, and the line before it may be a heading.</summary>
    private static readonly int Overlap = 2 * Marks.Max(mark => mark.Length);

    private readonly List<byte> found = [];
    private readonly byte[] end = new byte[Overlap];
    private int endLength;

    /// <summary>Takes the next bytes.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        byte[] joined = [.. end.AsSpan(0, endLength), .. bytes];
        var at = LastOnALineOfItsOwn(joined); // may be the mark that was found before: then the bytes after it are the same too
        if (at < 0 && found.Count == 0)
            at = First(joined);
        if (at >= 0)
            found.Clear();
        if (at >= 0 || found.Count > 0)
        {
            var more = joined.AsSpan(at >= 0 ? at : endLength);
            found.AddRange(more[..Math.Min(more.Length, Tuning.Workers.MaxLastWords - found.Count)]);
        }

        endLength = Math.Min(Overlap, joined.Length);
        joined.AsSpan(joined.Length - endLength).CopyTo(end);
    }

    /// <summary>Forgets everything, because the next bytes belong to another job.</summary>
    public void Clear()
    {
        found.Clear();
        endLength = 0;
    }

    /// <summary>The text from the mark on; empty if there was no mark.</summary>
    public override string ToString() => Encoding.UTF8.GetString([.. found]);

    /// <summary>The reason that such a text gives; <see langword="null"/> if it gives none.</summary>
    public static string? Read(string words)
    {
        if (words.StartsWith(StackOverflow, StringComparison.Ordinal))
            return "stack overflow";
        if (words.StartsWith(UnhandledException, StringComparison.Ordinal))
            return "unhandled exception " + FirstLine(words[UnhandledException.Length..]);
        if (words.StartsWith(FailFast, StringComparison.Ordinal))
            return "fail fast: " + Message(words[FailFast.Length..]);
        if (words.StartsWith(FatalError, StringComparison.Ordinal))
            return Message(words[FatalError.Length..]) is var message && message.StartsWith(AccessViolation, StringComparison.Ordinal)
                ? "access violation"
                : "fatal error: " + message;
        if (words.StartsWith(OutOfMemory, StringComparison.Ordinal))
            return "the runtime was out of memory";
        return Array.Exists(Native, mark => words.StartsWith(mark, StringComparison.Ordinal)) ? FirstLine(words) : null;
    }

    private static int First(ReadOnlySpan<byte> text)
    {
        var first = -1;
        foreach (var mark in Marks)
        {
            var at = text.IndexOf(mark);
            if (at >= 0 && (first < 0 || at < first))
                first = at;
        }

        return first;
    }

    private static int LastOnALineOfItsOwn(ReadOnlySpan<byte> text)
    {
        var last = -1;
        foreach (var mark in MarksOfALine)
        {
            var before = text.LastIndexOf(mark);
            while (before > last && EndsWithAny(text[..before], Headings))
                before = text[..before].LastIndexOf(mark);
            last = Math.Max(last, before);
        }

        return last < 0 ? -1 : last + 1;
    }

    private static bool EndsWithAny(ReadOnlySpan<byte> text, byte[][] marks)
    {
        foreach (var mark in marks)
        {
            if (text.EndsWith(mark))
                return true;
        }

        return false;
    }

    /// <summary>The message on the same line or the next; empty if the stack trace follows instead.</summary>
    private static string Message(string rest)
        => FirstLine(rest.TrimStart(' ').TrimStart('\r', '\n')) is var message && message.StartsWith("at ", StringComparison.Ordinal)
            ? ""
            : message;

    private static string FirstLine(string text)
    {
        var end = text.IndexOf('\n');
        return (end < 0 ? text : text[..end]).Trim();
    }
}
