using System.Text;

namespace Handler.Nodes;

/// <summary>
/// Decides which of the reasons why workers ask to be replaced are logged as warnings. A function that leaves something behind in each job
/// costs a process each time, perhaps a hundred times per second. Its user should see that, once a minute.
/// </summary>
internal sealed class RetireNotices
{
    /// <summary>How long a reason is not logged again, in Stopwatch ticks (ns).</summary>
    public const long Silence = 60_000_000_000;

    /// <summary>
    /// Maximum number of reasons logged in that time. It is bounded because reasons come from a process that has run someone's code.
    /// </summary>
    public const int MostReasons = 100;

    /// <summary>Maximum length of a reason, in characters; the rest is cut.</summary>
    public const int LongestReason = 400;

    private readonly Dictionary<string, long> told = new(StringComparer.Ordinal);

    /// <summary>Whether a reason is to be logged now.</summary>
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

    /// <summary>Turns a reason into one line that is safe to log, whatever the worker sent.</summary>
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
