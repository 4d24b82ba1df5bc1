namespace Handler.Demo;

/// <summary>Runs scenarios one after the other and enters them in the table.</summary>
internal sealed class ScenarioRunner(ResultTable table)
{
    /// <summary>
    /// How long after a job's timeout the outcome may arrive before the job counts as lost. Only a defect makes it take that long.
    /// </summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Runs scenarios.</summary>
    public async Task RunAsync(IHandler handler, IEnumerable<Scenario> scenarios)
    {
        foreach (var scenario in scenarios)
            table.Add(scenario, await table.WhileShowingAsync(scenario.Asked, () => JudgeAsync(handler, scenario)));
    }

    private static async Task<ScenarioResult> JudgeAsync(IHandler handler, Scenario scenario)
    {
        try
        {
            return await scenario.RunAsync(handler).WaitAsync((scenario.Limits?.Timeout ?? TimeSpan.Zero) + Patience);
        }
        catch (TimeoutException)
        {
            return new ScenarioResult("none", null, $"no outcome {Patience.TotalSeconds:0} s after the timeout");
        }
        catch (Exception exception)
        {
            // Whatever a job does, its caller gets an outcome. An exception here is a defect; the other rows are still shown.
            return new ScenarioResult("none", null, $"{exception.GetType().Name}: {exception.Message}");
        }
    }
}
