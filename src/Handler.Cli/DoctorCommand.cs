using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using Spectre.Console;

namespace Handler.Cli;

/// <summary><c>handler doctor</c>: tries and reports what this machine supports.</summary>
internal static class DoctorCommand
{
    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Converters = { new JsonStringEnumConverter() },
    };

    public static Command Create()
    {
        var json = new Option<bool>("--json") { Description = "Prints the report as JSON." };
        var command = new Command("doctor", "Checks what this machine supports. Exit code 0 if jobs run and limits hold, else 1.") { json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var report = await Examination.RunAsync(cancellationToken);
            if (parsed.GetValue(json))
                Console.WriteLine(JsonSerializer.Serialize(report, Json));
            else
                Print(report);
            return report.Healthy ? 0 : 1;
        });
        return command;
    }

    private static void Print(Report report)
    {
        var table = new Table().Border(TableBorder.None).HideHeaders().AddColumns("", "", "");
        foreach (var fact in report.Facts)
            table.AddRow("", Markup.Escape(fact.Name), Markup.Escape(fact.Value));
        foreach (var check in report.Checks)
            table.AddRow(Mark(check.Good, "red"), Markup.Escape(check.Name), Markup.Escape(check.Value));
        foreach (var layer in report.MemoryLayers)
            table.AddRow(Mark(layer.Active, "yellow"), $"memory: {layer.Name}", Markup.Escape(layer.Detail));
        foreach (var option in report.Hardening)
            table.AddRow(Mark(option.Active, "yellow"), $"hardening: {option.Name}", Markup.Escape(option.Detail));
        var console = CreateConsole();
        console.Write(table);
        console.MarkupLine(
            report.Healthy ? "[green]Jobs run here, and their limits hold.[/]" : "[red]Something does not work here; see above.[/]");
    }

    /// <summary>A file or a pipe gets neither colours nor line breaks, whatever terminal the environment names.</summary>
    private static IAnsiConsole CreateConsole()
    {
        if (!Console.IsOutputRedirected)
            return AnsiConsole.Console;
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors });
        console.Profile.Width = int.MaxValue;
        return console;
    }

    private static string Mark(bool good, string otherwise) => good ? "[green]yes[/]" : $"[{otherwise}]no[/]";
}
