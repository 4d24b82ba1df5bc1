using System.CommandLine;
using System.Diagnostics;
using Handler.Pools;
using Handler.Simulation;

var seeds = new Option<int>("--seeds") { Description = "How many seeds to run.", DefaultValueFactory = _ => 1_000 };
var from = new Option<int>("--from") { Description = "The first seed.", DefaultValueFactory = _ => 1 };
var replayed = new Option<int?>("--replay") { Description = "Run this one seed only." };
var trace = new Option<bool>("--trace") { Description = "Print everything that happened in the replayed seed." };
var mutant = new Option<string?>("--mutant") { Description = "Build in a deliberate fault: " + string.Join(", ", Mutants.All.Keys) + "." };
mutant.AcceptOnlyFromAmong([.. Mutants.All.Keys]);

var sessions = new Option<bool>("--sessions")
{
    Description = "Simulate clients and nodes that exchange messages of sessions (docs/decisions/0019-sessions.md), instead of pools.",
};
var root = new RootCommand("Simulates clusters with pools in virtual time and checks the rules of docs/pools-protocol.md after every step.")
{
    sessions,
    seeds,
    from,
    replayed,
    trace,
    mutant,
};
root.SetAction(arguments =>
{
    var faults = arguments.GetValue(mutant) is { } name ? Mutants.All[name] : null;
    Func<int, Mutant?, bool, SeedResult> run = arguments.GetValue(sessions) ? SessionRun.Run : SeedRun.Run;
    if (arguments.GetValue(replayed) is { } seed)
        return Show(run(seed, faults, true), arguments.GetValue(trace), arguments.GetValue(sessions));

    var first = arguments.GetValue(from);
    var count = arguments.GetValue(seeds);
    if (count < 1 || (long)first + count - 1 > int.MaxValue)
    {
        Console.Error.WriteLine(
            $"--seeds is {count}; allowed is 1 to {Math.Min(int.MaxValue, int.MaxValue - (long)first + 1)} from seed {first} on.");
        return 2;
    }

    var clock = Stopwatch.StartNew();
    var (steps, calls, started) = (0L, 0L, 0L);
    for (var done = 0; done < count; done++)
    {
        var i = first + done;
        var result = run(i, faults, false);
        (steps, calls, started) = (steps + result.Steps, calls + result.Calls, started + result.Started);
        if (result.Violation is not null)
        {
            Console.WriteLine($"Seed {i} fails ({done + 1} seeds run).");
            return Show(run(i, faults, true), arguments.GetValue(trace), arguments.GetValue(sessions));
        }
    }

    Console.WriteLine(
        $"{count} seeds from {first}: all rules held. "
            + $"{steps} steps, {calls} calls, {started} jobs started, {clock.Elapsed.TotalSeconds:0.0} s.");
    return 0;
});
return root.Parse(args).Invoke();

static int Show(SeedResult result, bool all, bool ofSessions)
{
    foreach (var line in all ? result.Trace : result.Trace.Skip(Math.Max(0, result.Trace.Count - 60)))
        Console.WriteLine(line);
    var replay = $"./build.sh simulate{(ofSessions ? " --sessions" : "")} --replay {result.Seed} --trace";
    Console.WriteLine(result.Violation is null
        ? $"Seed {result.Seed}: all rules held in {result.Steps} steps."
        : $"Seed {result.Seed}: {result.Violation}{Environment.NewLine}Replay with: {replay}");
    return result.Violation is null ? 0 : 1;
}
