using System.Runtime.CompilerServices;

namespace Handler.Demo;

/// <summary>One row of the demonstration.</summary>
/// <param name="Asked">What is asked, in words.</param>
/// <param name="Limits">What it may use; <see langword="null"/> where nothing is run.</param>
/// <param name="RunAsync">Does it, and judges how it ended.</param>
internal sealed record Scenario(string Asked, JobLimits? Limits, Func<IHandler, Task<ScenarioResult>> RunAsync)
{
    /// <summary>A scenario of one job.</summary>
    /// <param name="asked">What is asked, in words.</param>
    /// <param name="limits">What the job may use.</param>
    /// <param name="run">Runs the job.</param>
    /// <param name="expected">Whether an outcome is the right one.</param>
    /// <param name="afterwards">Looks at what the job left behind and answers a complaint, or <see langword="null"/> if there is none.</param>
    /// <param name="expectation">The text of <paramref name="expected"/>, which is shown where it does not hold.</param>
    public static Scenario Of<T>(
        string asked,
        JobLimits limits,
        Func<IHandler, JobLimits, Task<Outcome<T>>> run,
        Func<Outcome<T>, bool> expected,
        Func<Outcome<T>, Task<string?>>? afterwards = null,
        [CallerArgumentExpression(nameof(expected))] string expectation = "")
        => new(asked, limits, async handler =>
        {
            var outcome = await run(handler, limits);
            var complaint = !expected(outcome) ? $"expected: {expectation[(expectation.IndexOf("=>", StringComparison.Ordinal) + 2)..].Trim()}"
                : afterwards is null ? null
                : await afterwards(outcome);
            return new ScenarioResult(OutcomeText.Of(outcome), outcome.Usage, complaint);
        });
}

/// <summary>How a scenario ended.</summary>
/// <param name="Outcome">The outcome, as text.</param>
/// <param name="Usage">What the job used, if it started.</param>
/// <param name="Complaint">What is not as it should be; <see langword="null"/> if everything is.</param>
internal sealed record ScenarioResult(string Outcome, JobUsage? Usage, string? Complaint);
