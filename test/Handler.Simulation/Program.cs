using System.CommandLine;
using System.Diagnostics;
using Handler.Simulation;

var seeds = new Option<int>("--seeds") { Description = "How many seeds to run.", DefaultValueFactory = _ => 1_000 };
var from = new Option<int>("--from") { Description = "The first seed.", DefaultValueFactory = _ => 1 };
var replay = new Option<int?>("--replay") { Description = "Run this one seed only." };
var trace = new Option<bool>("--trace") { Description = "Print everything that happened in the replayed seed." };
var mutant = new Option<string?>("--mutant") { Description = "Build in a deliberate fault: " + string.Join(", ", Mutants.All.Keys) + "." };
mutant.AcceptOnlyFromAmong([.. Mutants.All.Keys]);

var root = new RootCommand("Simulates clusters with pools in virtual time and checks the rules of docs/pools-protocol.md after every step.")
{
    seeds,
    from,
    replay,
    trace,
    mutant,
};
root.SetAction(arguments =>
{
    var faults = arguments.GetValue(mutant) is { } name ? Mutants.All[name] : null;
    if (arguments.GetValue(replay) is { } seed)
        return Show(SeedRun.Run(seed, faults, trace: true), arguments.GetValue(trace));

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
        var result = SeedRun.Run(i, faults);
        (steps, calls, started) = (steps + result.Steps, calls + result.Calls, started + result.Started);
        if (result.Violation is not null)
        {
            Console.WriteLine($"Seed {i} fails ({done + 1} seeds run).");
            return Show(SeedRun.Run(i, faults, trace: true), all: arguments.GetValue(trace));
        }
    }

    Console.WriteLine(
        $"{count} seeds from {first}: all rules held. "
            + $"{steps} steps, {calls} calls, {started} jobs started, {clock.Elapsed.TotalSeconds:0.0} s.");
    return 0;
});
return root.Parse(args).Invoke();

static int Show(SeedResult result, bool all)
{
    foreach (var line in all ? result.Trace : result.Trace.Skip(Math.Max(0, result.Trace.Count - 60)))
        Console.WriteLine(line);
    Console.WriteLine(result.Violation is null
        ? $"Seed {result.Seed}: all rules held in {result.Steps} steps."
        : $"Seed {result.Seed}: {result.Violation}{Environment.NewLine}Replay with: ./build.sh simulate --replay {result.Seed} --trace");
    return result.Violation is null ? 0 : 1;
}
