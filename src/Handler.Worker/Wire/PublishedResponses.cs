using System.Runtime.InteropServices;

namespace Handler.Wire;

/// <summary>
/// Responses that are in the shared page and not yet in the pipe. The worker can write to the page, so nothing in it is trusted.
/// </summary>
internal static unsafe class PublishedResponses
{
    /// <summary>The bytes that follow the first <paramref name="received"/> ones; none if the page's numbers are inconsistent.</summary>
    public static ReadOnlySpan<byte> After(SharedPage* page, long received)
    {
        var first = Volatile.Read(ref page->ResponsesBase);
        var end = Volatile.Read(ref page->Published);
        if (first < 0 || first > received || end <= received || end - first > SharedPage.ResponsesCapacity)
            return [];
        return new ReadOnlySpan<byte>(SharedPage.Responses(page) + (received - first), (int)(end - received));
    }

    /// <summary>Whether the response for an attempt is among them.</summary>
    public static bool Contain(SharedPage* page, long received, long attempt)
    {
        for (var left = After(page, received); left.Length >= ResponseHead.Size;)
        {
            var head = MemoryMarshal.Read<ResponseHead>(left);
            if (head.Attempt == attempt && head.Kind is ResponseKind.Value or ResponseKind.Failure)
                return true;
            if (head.Length < ResponseHead.Size || head.Length > left.Length)
                return false;
            left = left[head.Length..];
        }

        return false;
    }
}
