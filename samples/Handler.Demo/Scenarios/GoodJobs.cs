using Handler.Demo.Jobs;

namespace Handler.Demo.Scenarios;

/// <summary>Functions that do no harm, for comparison with all others.</summary>
internal static class GoodJobs
{
    public static IEnumerable<Scenario> All()
    {
        var text = TextJobs.ReadSample();
        return
        [
            Scenario.Of("1 + 1", Limits.Usual,
                (handler, limits) => handler.RunAsync(() => 1 + 1, limits),
                outcome => outcome.TryGetValue(out var value) && value == 2),
            Scenario.Of("count the words of a text", Limits.Usual,
                (handler, limits) => handler.RunAsync(() => TextJobs.CountWords(text), limits),
                outcome => outcome.TryGetValue(out var value) && value == 796),
            Scenario.Of("an exception", Limits.Usual,
                (handler, limits) => handler.RunAsync(() => int.Parse("twelve", null), limits),
                outcome => outcome.Failure is JobFailed { ExceptionType: "System.FormatException" }),
        ];
    }
}
