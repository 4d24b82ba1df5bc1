using System.CommandLine;
using Handler.Chaos;

var minutes = new Option<double>("--minutes") { Description = "How long faults come", DefaultValueFactory = _ => 1 };
var seed = new Option<int>("--seed")
{
    Description = "Decides which faults come and what the callers ask for",
    DefaultValueFactory = _ => Random.Shared.Next(),
};
var command = new RootCommand(
    "Three silos and Redis under load while faults come at random. Exit code 1 if a pool was over its limit, a share leaked, "
        + "a process was orphaned, or a caller hung or was told too late that its job was lost.")
{
    minutes,
    seed,
};
command.SetAction(async (parsed, _) =>
{
    var report = await ChaosRun.RunAsync(TimeSpan.FromMinutes(parsed.GetValue(minutes)), parsed.GetValue(seed), Console.WriteLine);
    return report.IsGood ? 0 : 1;
});
return await command.Parse(args).InvokeAsync();
