using System.Reflection;

namespace Handler.Abuse;

/// <summary>Runs the scenario whose class the first argument names. Exit code 0: it ran to its end.</summary>
public static class Program
{
    /// <summary>Runs the scenario.</summary>
    public static async Task<int> Main(string[] arguments)
    {
        var scenarios = Assembly.GetExecutingAssembly().GetTypes().Where(typeof(IScenario).IsAssignableFrom);
        var type = scenarios.FirstOrDefault(type => type.Name == arguments[0])
            ?? throw new ArgumentException($"There is no scenario {arguments[0]}.");
        await ((IScenario)Activator.CreateInstance(type)!).RunAsync(arguments[1..]);
        return 0;
    }
}
