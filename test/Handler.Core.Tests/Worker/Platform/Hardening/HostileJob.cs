using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Handler.Tests.Platform;

/// <summary>A job, and the outcome that names what stopped it.</summary>
/// <param name="Source">The call that it makes, as it is written in the table.</param>
/// <param name="Kind">The kind of the outcome.</param>
/// <param name="Text">What the failure, or the value if there is none, says.</param>
/// <param name="Start">Starts it.</param>
internal sealed partial record HostileJob(
    string Source,
    JobOutcomeKind Kind,
    string Text,
    Func<IPool, JobOptions, Task<(JobOutcome Outcome, object? Value)>> Start)
{
    private static readonly JobOptions Usual = new()
    {
        Timeout = TimeSpan.FromSeconds(30),
        MaxHeapBytes = 32 << 20,
        MaxResidentBytes = 128 << 20,
        PoolTimeout = TimeSpan.FromMinutes(1),
    };

    /// <summary>Its limits.</summary>
    public JobOptions Limits { get; init; } = Kind == JobOutcomeKind.TimedOut
        ? Usual with { Timeout = TimeSpan.FromMilliseconds(500) }
        : Usual;

    /// <summary>Whether it may change how a later job of the same worker ends, or is changed by an earlier one.</summary>
    public bool NeedsFreshWorker { get; init; }

    /// <summary>The method that it calls: its class and its name.</summary>
    public string Method => Call().Match(Source) is { Success: true } call ? call.Groups[1].Value : Source;

    public static HostileJob Of(
        Action job, JobOutcomeKind kind, string text, [CallerArgumentExpression(nameof(job))] string source = "")
        => new(Short(source), kind, text, async (pool, limits) => (await pool.RunAsync(job, limits), null));

    public static HostileJob Of(
        Func<Task> job, JobOutcomeKind kind, string text, [CallerArgumentExpression(nameof(job))] string source = "")
        => new(Short(source), kind, text, async (pool, limits) => (await pool.RunAsync(job, limits), null));

    public static HostileJob Of(
        Func<CancellationToken, Task> job,
        JobOutcomeKind kind,
        string text,
        [CallerArgumentExpression(nameof(job))] string source = "")
        => new(Short(source), kind, text, async (pool, limits) => (await pool.RunAsync(job, limits), null));

    public static HostileJob Of<T>(
        Func<Task<T>> job, JobOutcomeKind kind, string text, [CallerArgumentExpression(nameof(job))] string source = "")
        => new(Short(source), kind, text, async (pool, limits) => (await pool.RunAsync(job, limits), null));

    public static HostileJob Of<T>(
        Func<T> job, JobOutcomeKind kind, string text, [CallerArgumentExpression(nameof(job))] string source = "")
        => new(Short(source), kind, text, async (pool, limits) =>
        {
            var outcome = await pool.RunAsync(job, limits);
            return (outcome, outcome.IsSuccess ? outcome.GetValueOrThrow() : null);
        });

    /// <summary>What is compared with <see cref="Text"/>.</summary>
    public static string TextOf(JobOutcome outcome, object? value)
        => outcome.Failure?.ToString() ?? (value is string[] ways ? $"[{string.Join(", ", ways)}]" : $"{value}");

    public override string ToString() => Source;

    private static string Short(string source) => source[(source.IndexOf("=> ", StringComparison.Ordinal) + 3)..];

    [GeneratedRegex(@"(?:BadJobs\.)?(\w+\.\w+)\(")]
    private static partial Regex Call();
}
