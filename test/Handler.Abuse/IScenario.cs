namespace Handler.Abuse;

/// <summary>A host that the tests run in a separate process. It prints one line for each thing that the test checks.</summary>
public interface IScenario
{
    /// <summary>Runs the scenario to its end.</summary>
    /// <param name="arguments">The arguments that the test passes.</param>
    Task RunAsync(string[] arguments);
}
