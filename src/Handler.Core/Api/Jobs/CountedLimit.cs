using System.Text.Json.Serialization;

namespace Handler;

/// <summary>The limit that a <see cref="JobLimitExceeded"/> is about.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<CountedLimit>))]
public enum CountedLimit
{
    /// <summary><see cref="JobLimits.MaxProcesses"/>, in processes.</summary>
    MaxProcesses = 1,

    /// <summary><see cref="JobLimits.MaxFileBytes"/>, in bytes.</summary>
    MaxFileBytes = 2,
}
