namespace Handler.Simulation.Tests;

internal sealed class FunctionSelector(Func<string?, string?, IReadOnlyList<string>> select) : IPoolSelector
{
    public IReadOnlyList<string> SelectParents(string? config, string? parameter) => select(config, parameter);
}
