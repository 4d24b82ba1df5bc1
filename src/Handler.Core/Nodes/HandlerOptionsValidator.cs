using Handler.Functions;
using Handler.Pools;
using Microsoft.Extensions.Options;

namespace Handler.Nodes;

/// <summary>Checks options as a whole. Every error names the option, its value and the allowed range.</summary>
internal sealed class HandlerOptionsValidator : IValidateOptions<HandlerOptions>
{
    public ValidateOptionsResult Validate(string? name, HandlerOptions options)
    {
        var errors = Errors(options).Select(error => string.IsNullOrEmpty(name) ? error : $"Handler {name}: {error}").ToList();
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    /// <exception cref="ArgumentException">The options have errors.</exception>
    public static void ThrowIfInvalid(HandlerOptions options)
    {
        var errors = Errors(options).ToList();
        if (errors.Count > 0)
            throw new ArgumentException(string.Join(Environment.NewLine, errors), nameof(options));
    }

    private static IEnumerable<string> Errors(HandlerOptions options)
    {
        var recycling = options.Recycling;
        string?[] found =
        [
            Range("MaxWorkers", options.MaxWorkers, 1, 4096),
            Range("MinWorkers", options.MinWorkers, 0, options.MaxWorkers >= 1 ? options.MaxWorkers : int.MaxValue, " (MaxWorkers)"),
            Range("SpareWorkers", options.SpareWorkers, 0, 64),
            Range("MaxQueuedJobs", options.MaxQueuedJobs, 0, 10_000_000),
            Range("MaxMemoryBytes", options.MaxMemoryBytes, 1L << 20, 1L << 50),
            Range("MaxHeldPayloadBytes", options.MaxHeldPayloadBytes, 1L << 20, 1L << 50),
            Range("MaxSentAhead", options.MaxSentAhead, 1, 64),
            Range("StartTimeout", options.StartTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(10)),
            Range("Recycling.MaxJobs", recycling.MaxJobs, 1, int.MaxValue),
            Range("Recycling.MaxAge", recycling.MaxAge, TimeSpan.FromSeconds(1), TimeSpan.FromDays(30)),
            Range("Recycling.MaxGrowthBytes", recycling.MaxGrowthBytes, 1L << 20, 1L << 40),
            Range("Recycling.IdleTimeout", recycling.IdleTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromDays(30)),
            Range("Hardening.Niceness", options.Hardening.Niceness, 0, 19),
            Enum.IsDefined(options.Hardening.ControlGroup) ? null : $"HandlerOptions.Hardening.ControlGroup is {options.Hardening.ControlGroup}; it must be one of {string.Join(", ", Enum.GetNames<ControlGroupMode>())}.",
            options.Hardening.MaxFileBytes is { } file ? Range("Hardening.MaxFileBytes", file, 1L << 20, 1L << 50) : null,
            options.Hardening.MaxOpenFiles is { } open ? Range("Hardening.MaxOpenFiles", open, 64, 1 << 20) : null,
            options.Hardening.UserId is { } user ? Range("Hardening.UserId", user, 0, int.MaxValue) : null,
        ];
        foreach (var error in found)
        {
            if (error is not null)
                yield return error;
        }

        foreach (var error in options.ConfigurationErrors.Concat(options.Errors()).Concat(PoolErrors(options)))
            yield return error;

        foreach (var (name, value) in options.WorkerEnvironment)
        {
            if (name.Length == 0 || name.Contains('=') || name.Contains('\0') || value is null || value.Contains('\0'))
                yield return $"HandlerOptions.WorkerEnvironment has \"{Excerpt.OfName(name)}\": a name must not be empty or contain '=' or NUL, and a value must not be null or contain NUL.";
        }
    }

    private static IEnumerable<string> PoolErrors(HandlerOptions options)
    {
        var empty = options.Pools.Where(pool => pool.Value is null).Select(pool => pool.Key).ToList();
        return empty.Count > 0
            ? empty.Select(name => $"HandlerOptions.Pools[\"{Excerpt.OfName(name)}\"] is null.")
            : PoolGraph.FindErrors(new Dictionary<string, PoolOptions>(options.Pools, StringComparer.Ordinal), options.PoolSelectors.Keys, options.HasPoolsElsewhere);
    }

    private static string? Range<TValue>(string option, TValue value, TValue least, TValue most, string note = "")
        where TValue : IComparable<TValue>
        => value.CompareTo(least) >= 0 && value.CompareTo(most) <= 0
            ? null
            : $"HandlerOptions.{option} is {value}; it must be between {least} and {most}{note}.";
}
