using System.Text;
using Handler.Infrastructure;

namespace Handler.Nodes;

/// <summary>
/// Decides which of the reasons why workers ask to be replaced are logged as warnings. A function that leaves something behind in each job
/// costs a process each time, perhaps a hundred times per second. Its user should see that, once a minute.
/// </summary>
internal sealed class RetireNotices
{
    private readonly Dictionary<string, long> told = new(StringComparer.Ordinal);

    /// <summary>Whether a reason is to be logged now.</summary>
    public bool IsDue(string reason, long now)
    {
        if (told.TryGetValue(reason, out var at) && now - at < Tuning.Log.RetireReasonInterval)
            return false;
        if (told.Count >= Tuning.Log.MaxRetireReasons)
        {
            foreach (var (old, when) in told)
            {
                if (now - when >= Tuning.Log.RetireReasonInterval)
                    told.Remove(old);
            }
        }

        if (told.Count >= Tuning.Log.MaxRetireReasons)
            return false;
        told[reason] = now;
        return true;
    }

    /// <summary>Turns a reason into one line that is safe to log, whatever the worker sent.</summary>
    public static string Printable(string reason)
    {
        const int Most = Tuning.Log.MaxRetireReasonLength;
        var text = new StringBuilder(reason, 0, Math.Min(reason.Length, Most), Most + 1);
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsControl(text[i]))
                text[i] = '?';
        }

        return reason.Length > Most ? text.Append('…').ToString() : text.ToString();
    }
}
