using System.Text;

namespace Handler.Nodes;

/// <summary>
/// Decides which reasons for which workers ask to be replaced are told aloud. A function that leaves something behind in each job costs a process each time, and may do so a hundred times per
/// second: its user is to see it, once a minute.
/// </summary>
internal sealed class RetireNotices
{
    /// <summary>For how long a reason is not told again, in Stopwatch ticks (ns).</summary>
    public const long Silence = 60_000_000_000;

    /// <summary>How many reasons are told in that time at most. They come from a process that has run someone's code.</summary>
    public const int MostReasons = 100;

    /// <summary>How long a reason may be, in characters; the rest is cut.</summary>
    public const int LongestReason = 400;

    private readonly Dictionary<string, long> told = new(StringComparer.Ordinal);

    /// <summary>Whether a reason is to be told now.</summary>
    public bool IsDue(string reason, long now)
    {
        if (told.TryGetValue(reason, out var at) && now - at < Silence)
            return false;
        if (told.Count >= MostReasons)
        {
            foreach (var (old, when) in told)
            {
                if (now - when >= Silence)
                    told.Remove(old);
            }
        }

        if (told.Count >= MostReasons)
            return false;
        told[reason] = now;
        return true;
    }

    /// <summary>A reason as one line that can be logged, whatever the worker sent.</summary>
    public static string Printable(string reason)
    {
        var text = new StringBuilder(reason, 0, Math.Min(reason.Length, LongestReason), LongestReason + 1);
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsControl(text[i]))
                text[i] = '?';
        }

        return reason.Length > LongestReason ? text.Append('…').ToString() : text.ToString();
    }
}
