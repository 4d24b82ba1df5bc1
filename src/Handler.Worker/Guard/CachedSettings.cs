using System.Diagnostics.Tracing;
using System.Reflection;
using System.Security.Principal;

namespace Handler.Guard;

/// <summary>
/// Restores settings that the framework caches in its own fields: the local time zone, the thread's activity id, and the principal policy.
/// The check takes about 100 ns.
/// </summary>
internal sealed class CachedSettings
{
    private static readonly FieldInfo? TimeZones = typeof(TimeZoneInfo).GetField(
        "s_cachedData",
        BindingFlags.Static | BindingFlags.NonPublic);
    private static readonly FieldInfo? PrincipalPolicyField = typeof(AppDomain).GetField(
        "_principalPolicy",
        BindingFlags.Instance | BindingFlags.NonPublic);

    private readonly object? policy = PrincipalPolicyField?.GetValue(AppDomain.CurrentDomain);
    private object? timeZones = TimeZones?.GetValue(null);

    /// <summary>The names of fields that this runtime does not have.</summary>
    public static IEnumerable<string> Unknown()
    {
        if (TimeZones is null)
            yield return "TimeZoneInfo.s_cachedData";
        if (PrincipalPolicyField is null)
            yield return "AppDomain._principalPolicy";
    }

    /// <summary>Whether this environment variable determines the local time zone.</summary>
    public static bool DependsOn(string variable) => variable is "TZ" or "TZDIR";

    /// <summary>Makes the framework determine the local time zone again on its next use.</summary>
    public void ClearTimeZone()
    {
        TimeZoneInfo.ClearCachedData();
        timeZones = TimeZones?.GetValue(null);
    }

    /// <returns>Whether something was restored.</returns>
    public bool Restore()
    {
        var restored = false;
        if (!ReferenceEquals(TimeZones?.GetValue(null), timeZones))
        {
            // The job's code has cleared the cache once, and the framework may have filled it again under other environment variables.
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
