using System.Runtime.CompilerServices;

namespace Handler.Demo;

/// <summary>One row of the demonstration.</summary>
/// <param name="Asked">A description of the scenario.</param>
/// <param name="Limits">The limits of the job; <see langword="null"/> if no job is run.</param>
/// <param name="RunAsync">Runs the scenario and judges the result.</param>
internal sealed record Scenario(string Asked, JobLimits? Limits, Func<IHandler, Task<ScenarioResult>> RunAsync)
{
    /// <summary>A scenario of one job.</summary>
    /// <param name="asked">A description of the scenario.</param>
    /// <param name="limits">The limits of the job.</param>
    /// <param name="run">Runs the job.</param>
    /// <param name="expected">Returns whether an outcome is the expected one.</param>
    /// <param name="afterwards">Checks what the job left behind, and returns a complaint, or <see langword="null"/> if there is
    /// none.</param>
    /// <param name="expectation">The source text of <paramref name="expected"/>, which is shown if the outcome is not the expected
    /// one.</param>
    public static Scenario Of<TOutcome>(
        string asked,
        JobLimits limits,
        Func<IHandler, JobLimits, Task<TOutcome>> run,
        Func<TOutcome, bool> expected,
        Func<TOutcome, Task<string?>>? afterwards = null,
        [CallerArgumentExpression(nameof(expected))] string expectation = "")
        where TOutcome : JobOutcome
        => new(asked, limits, async handler =>
        {
            var outcome = await run(handler, limits);
            var complaint =
                !expected(outcome) ? $"expected: {expectation[(expectation.IndexOf("=>", StringComparison.Ordinal) + 2)..].Trim()}"
                : afterwards is null ? null
                : await afterwards(outcome);
            return new ScenarioResult(OutcomeText.Of(outcome), outcome.Usage, complaint);
        });
}
