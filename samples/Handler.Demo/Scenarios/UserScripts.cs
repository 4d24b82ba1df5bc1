using Handler.Demo.Jobs;

namespace Handler.Demo.Scenarios;

/// <summary>
/// Scripts that users type into an editor. The limits for C# are generous, because its compiler starts cold in every fresh worker, which
/// takes a second or more and tens of megabytes.
/// </summary>
internal static class UserScripts
{
    private const long CompilerMebibytes = 128;

    public static IEnumerable<Scenario> All() =>
        [
            Scenario.Of(
                "a C# script (Roslyn)",
                Limits.Memory(CompilerMebibytes),
                (handler, limits)
                    => handler.RunAsync(() => Scripts.RunCSharpAsync("Enumerable.Range(1, 10).Select(x => (long)x * x).Sum()"), limits),
                outcome => outcome.TryGetValue(out var value) && value == 385),
            Scenario.Of(
                "a C# script that loops",
                Limits.Timeout(5, CompilerMebibytes),
                (handler, limits) => handler.RunAsync(() => Scripts.RunCSharpAsync("while (true) { }"), limits),
                outcome => outcome.Failure is JobTimedOut),
            Scenario.Of(
                "a C# script that allocates",
                Limits.Memory(CompilerMebibytes),
                (handler, limits)
                    => handler.RunAsync(
                        () => Scripts.RunCSharpAsync("var all = new List<byte[]>(); while (true) all.Add(new byte[10_000]);"),
                        limits),
                outcome => outcome.Failure is JobOutOfMemory),
            Scenario.Of(
                "a Lua script (native engine)",
                Limits.Usual,
                (handler, limits)
                    => handler.RunAsync(() => Scripts.RunLua("local sum = 0; for i = 1, 10 do sum = sum + i * i end; return sum"), limits),
                outcome => outcome.TryGetValue(out var value) && value == 385),
            Scenario.Of(
                "a Lua script that loops",
                Limits.Timeout(1),
                (handler, limits) => handler.RunAsync(() => Scripts.RunLua("while true do end"), limits),
                outcome => outcome.Failure is JobTimedOut),
            Scenario.Of(
                "a Lua script that allocates",
                Limits.Usual,
                (handler, limits)
                    => handler.RunAsync(
                        () => Scripts.RunLua("local all = {}; while true do all[#all + 1] = string.rep('x', 1000) .. #all end"),
                        limits),
                outcome =>
                    outcome.Failure
                        is JobOutOfMemory
                        {
                            Source: MemoryLimitSource.ResidentMemory or MemoryLimitSource.Watchdog or MemoryLimitSource.ControlGroup
                        }),
        ];
}
