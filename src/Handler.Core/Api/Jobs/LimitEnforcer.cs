using System.Text.Json.Serialization;

namespace Handler;

/// <summary>What has enforced a limit.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<LimitEnforcer>))]
public enum LimitEnforcer
{
    /// <summary>The worker, which looks every few milliseconds while a job runs, and once more when its function ends.</summary>
    Worker = 1,

    /// <summary>The node's watchdog, which looks from outside.</summary>
    Watchdog = 2,

    /// <summary>The kernel.</summary>
    Kernel = 3,
}
