using Handler.Bench.Measuring;
using Spectre.Console;

namespace Handler.Bench.Output;

/// <summary>The report for people.</summary>
internal static class ConsoleReport
{
    private const int WidthOfFiles = 120;

    public static void WriteHeader(BenchSettings settings, Machine machine)
    {
        KeepFilesPlain();
        AnsiConsole.WriteLine($"{machine.Cpu}, {machine.Cores} cores, kernel {machine.Kernel}");
        AnsiConsole.WriteLine($"{machine.Runtime}");
        AnsiConsole.WriteLine($"{machine.Date:yyyy-MM-dd HH:mm} UTC, load average {machine.LoadAverage:0.00}");
        AnsiConsole.WriteLine(
            $"{settings.Name} run, {BenchSettings.BenchWorkers} workers ({BenchSettings.MixedWorkers} for the mixed load)");
        if (!machine.IsQuiet)
            WriteWarning($"The load average is above {Machine.QuietLoad:0.0}: something else is running. Do not keep these figures.");
#if DEBUG
        WriteWarning("This is a debug build: run it with -c Release.");
#endif
    }

    public static void WriteProgress(IEnumerable<string> names)
        => AnsiConsole.MarkupLineInterpolated($"[grey]measuring {string.Join(", ", names)}[/]");

    public static void WriteFailure(Exception failure)
        => AnsiConsole.MarkupLineInterpolated($"[red]not measured: {failure.GetType().Name}: {failure.Message}[/]");

    public static void WriteLeftOut(string name, string reason)
        => AnsiConsole.MarkupLineInterpolated($"[grey]left out {name}: {reason}[/]");

    public static void WriteExit(string name, int code, IEnumerable<string> errors)
        => AnsiConsole.MarkupLineInterpolated($"[grey]{name} exited with {code}: {string.Join(" ", errors)}[/]");

    public static void WriteFigures(BenchContext context)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumns("figure", "value", "target", "");
        table.Columns[1].RightAligned();
        foreach (var figure in FigureCatalog.All.Where(figure => context.Wants(figure.Name) || context.Figures[figure.Name] is not null))
            table.AddRow(figure.Name, Format(context.Figures[figure.Name]), figure.Target ?? "", Verdict(figure, context.Figures));
        AnsiConsole.Write(table);

        foreach (var note in context.Notes)
            AnsiConsole.WriteLine(note);
    }

    // In a file or a pipe, colors would be escape sequences, and there is no terminal width.
    private static void KeepFilesPlain()
    {
        if (!Console.IsOutputRedirected)
            return;
        AnsiConsole.Profile.Capabilities.Ansi = false;
        AnsiConsole.Profile.Width = WidthOfFiles;
    }

    private static void WriteWarning(string warning) => AnsiConsole.MarkupLineInterpolated($"[yellow]warning: {warning}[/]");

    private static string Format(double? value) => value switch
    {
        null => "—",
        >= 1_000 => $"{value:#,0}",
        >= 10 => $"{value:0.0}",
        _ => $"{value:0.00}",
    };

    private static string Verdict(Figure figure, Figures figures)
        => figures[figure.Name] is null
            ? ""
            : figure.IsMet?.Invoke(figures) switch
            {
                true => "[green]met[/]",
                false => "[red]missed[/]",
                null => "",
            };
}
