using System.CommandLine;
using System.CommandLine.Parsing;
using Handler.Bench.Peers;

namespace Handler.Bench;

/// <summary>The command line.</summary>
internal static class BenchCommand
{
    public static Task<int> RunAsync(string[] args)
    {
        var quick = new Option<bool>("--quick") { Description = "Fewer and shorter rounds: about a minute, with more noise." };
        var json = new Option<FileInfo?>("--json")
        {
            Description = "Also write the figures to this file: one flat JSON object of numbers, or an array of peers.",
        };
        var only = new Option<string[]>("--only")
        {
            Description = "Measure only these figures, separated by commas.",
            HelpName = "NAME,NAME",
            CustomParser = ParseNames,
        };

        var peers = new Option<bool>("--peers")
        {
            Description = "Measure other libraries that run jobs beside the handler, and nothing else.",
        };

        var command = new RootCommand("Measures the handler, beside the bare channel and the obvious alternative, in one run.")
        {
            quick, json, only, peers,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            var settings = parsed.GetValue(quick) ? BenchSettings.Quick : BenchSettings.Full;
            return parsed.GetValue(peers)
                ? PeersRun.RunAsync(settings, parsed.GetValue(json), cancellationToken)
                : BenchRun.RunAsync(settings, parsed.GetValue(only) ?? [], parsed.GetValue(json), cancellationToken);
        });
        return command.Parse(args).InvokeAsync();
    }

    private static string[] ParseNames(ArgumentResult argument)
    {
        var names = argument.Tokens
            .SelectMany(token => token.Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            .ToArray();
        var unknown = names.Where(name => !FigureCatalog.Contains(name)).ToArray();
        if (unknown.Length > 0)
            argument.AddError(
                $"No such figure: {string.Join(", ", unknown)}. "
                    + $"There are: {string.Join(", ", FigureCatalog.All.Select(figure => figure.Name))}.");
        return names;
    }
}
