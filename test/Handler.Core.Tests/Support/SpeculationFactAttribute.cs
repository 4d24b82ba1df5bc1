namespace Handler.Tests;

/// <summary>A test for processors on which a process may turn off speculation for itself.</summary>
internal sealed class SpeculationFactAttribute : FactAttribute
{
    public SpeculationFactAttribute()
        => Skip = File.ReadAllText("/proc/self/status").Contains("Speculation_Store_Bypass:\tthread", StringComparison.Ordinal)
            ? null
            : "a process of this machine cannot turn speculation off";
}
