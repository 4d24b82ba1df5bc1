using System.Reflection;

namespace Handler.Abuse;

/// <summary>A host that the tests run in a process of its own. It prints what the test checks, a line each.</summary>
public interface IScenario
{
    /// <summary>Runs the scenario to its end.</summary>
    /// <param name="arguments">What the test passes.</param>
    Task RunAsync(string[] arguments);
}

/// <summary>Runs the scenario whose class is named by the first argument. Exit code 0: it ran to its end.</summary>
public static class Program
{
    /// <summary>Runs it.</summary>
    public static async Task<int> Main(string[] arguments)
    {
        var type = Array.Find(Assembly.GetExecutingAssembly().GetTypes(), type => typeof(IScenario).IsAssignableFrom(type) && type.Name == arguments[0])
            ?? throw new ArgumentException($"There is no scenario {arguments[0]}.");
        await ((IScenario)Activator.CreateInstance(type)!).RunAsync(arguments[1..]);
        return 0;
    }
}
