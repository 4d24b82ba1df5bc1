using System.Runtime.InteropServices;

namespace Handler.Wire;

/// <summary>Answers that are in the shared page and not in the pipe yet. The page is the worker's to write, so nothing in it is taken for true.</summary>
internal static unsafe class PublishedAnswers
{
    /// <summary>The bytes that follow after so many that were received; none where the page's numbers make no sense.</summary>
    public static ReadOnlySpan<byte> After(SharedPage* page, long received)
    {
        var first = Volatile.Read(ref page->AnswersBase);
        var end = Volatile.Read(ref page->Published);
        if (first < 0 || first > received || end <= received || end - first > SharedPage.AnswersCapacity)
            return [];
        return new ReadOnlySpan<byte>(SharedPage.Answers(page) + (received - first), (int)(end - received));
    }

    /// <summary>Whether the answer for an attempt is among them.</summary>
    public static bool Contain(SharedPage* page, long received, long attempt)
    {
        for (var left = After(page, received); left.Length >= AnswerHead.Size;)
        {
            var head = MemoryMarshal.Read<AnswerHead>(left);
            if (head.Attempt == attempt && head.Kind is AnswerKind.Value or AnswerKind.Failure)
                return true;
            if (head.Length < AnswerHead.Size || head.Length > left.Length)
                return false;
            left = left[head.Length..];
        }

        return false;
    }
}
