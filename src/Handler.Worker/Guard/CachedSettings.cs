using System.Diagnostics.Tracing;
using System.Reflection;
using System.Security.Principal;

namespace Handler.Guard;

/// <summary>Settings that the framework keeps in fields of its own, put back between jobs: the local time zone, the activity id of the thread, the policy for principals. To look takes about 100 ns.</summary>
internal sealed class CachedSettings
{
    private static readonly FieldInfo? TimeZones = typeof(TimeZoneInfo).GetField("s_cachedData", BindingFlags.Static | BindingFlags.NonPublic);
    private static readonly FieldInfo? PrincipalPolicyField = typeof(AppDomain).GetField("_principalPolicy", BindingFlags.Instance | BindingFlags.NonPublic);

    private readonly object? policy = PrincipalPolicyField?.GetValue(AppDomain.CurrentDomain);
    private object? timeZones = TimeZones?.GetValue(null);

    /// <summary>Names of fields that this runtime does not have.</summary>
    public static IEnumerable<string> Unknown()
    {
        if (TimeZones is null)
            yield return "TimeZoneInfo.s_cachedData";
        if (PrincipalPolicyField is null)
            yield return "AppDomain._principalPolicy";
    }

    /// <summary>Whether the local time zone is chosen by this environment variable.</summary>
    public static bool DependsOn(string variable) => variable is "TZ" or "TZDIR";

    /// <summary>Has the framework find the local time zone anew when it is next used.</summary>
    public void ClearTimeZone()
    {
        TimeZoneInfo.ClearCachedData();
        timeZones = TimeZones?.GetValue(null);
    }

    /// <returns>Whether something was put back.</returns>
    public bool Restore()
    {
        var restored = false;
        if (!ReferenceEquals(TimeZones?.GetValue(null), timeZones))
        {
            // Code has dropped it once, and may have had it found again under other variables.
            ClearTimeZone();
            restored = true;
        }

        if (EventSource.CurrentThreadActivityId != Guid.Empty)
        {
            EventSource.SetCurrentThreadActivityId(Guid.Empty);
            restored = true;
        }

        if (PrincipalPolicyField?.GetValue(AppDomain.CurrentDomain) is PrincipalPolicy present && !present.Equals(policy))
        {
            PrincipalPolicyField.SetValue(AppDomain.CurrentDomain, policy);
            restored = true;
        }

        return restored;
    }
}
