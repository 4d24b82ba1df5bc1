using System.Globalization;
using Spectre.Console;

namespace Handler.Demo;

/// <summary>The table of scenarios and their outcomes.</summary>
internal sealed class ResultTable
{
    /// <summary>The width if there is no terminal, as in the log of a build.</summary>
    private const int WidthWithoutTerminal = 170;

    private const double BytesPerMebibyte = 1 << 20;

    private readonly IAnsiConsole console;
    private readonly Table table = new Table().RoundedBorder()
        .AddColumn("asked").AddColumn("limit").AddColumn("outcome")
        .AddColumn(new TableColumn("run time").RightAligned().NoWrap())
        .AddColumn(new TableColumn("peak heap / resident").RightAligned().NoWrap())
        .AddColumn(new TableColumn("ok?").NoWrap());

    private int unexpected;

    private ResultTable(IAnsiConsole console) => this.console = console;

    /// <summary>Whether every row is as expected.</summary>
    public bool AllAsExpected => unexpected == 0;

    /// <summary>Creates a table that is as wide as the terminal, if there is one.</summary>
    public static ResultTable ForThisConsole()
    {
        var console = AnsiConsole.Create(
            new AnsiConsoleSettings { Ansi = Console.IsOutputRedirected ? AnsiSupport.No : AnsiSupport.Detect });
        if (Console.IsOutputRedirected)
            console.Profile.Width = WidthWithoutTerminal;
        return new ResultTable(console);
    }

    /// <summary>Shows progress on a terminal; a log only gets the result.</summary>
    public Task<T> WhileShowingAsync<T>(string activity, Func<Task<T>> work)
        => this.console.Profile.Capabilities.Interactive && !Console.IsOutputRedirected
            ? this.console.Status().StartAsync(Markup.Escape(activity), _ => work())
            : work();

    /// <summary>Adds a row.</summary>
    public void Add(Scenario scenario, ScenarioResult result)
    {
        var ok = result.Complaint is null;
        if (!ok)
            unexpected++;
        table.AddRow(
            new Text(scenario.Asked),
            new Text(Limit(scenario.Limits)),
            new Text(ok ? result.Outcome : $"{result.Outcome}\n{result.Complaint}"),
            new Text(result.Usage is { } usage ? Duration(usage.RunTime) : ""),
            new Text(result.Usage is { } used ? $"{Mebibytes(used.PeakManagedBytes)} / {Mebibytes(used.PeakResidentBytes)} MiB" : ""),
            new Text(ok ? "yes" : "NO", new Style(ok ? Color.Green : Color.Red)));
    }

    /// <summary>Prints the table and a summary line.</summary>
    public void Print()
    {
        this.console.Write(table);
        this.console.WriteLine(AllAsExpected
            ? $"All {table.Rows.Count} outcomes are the expected ones."
            : $"{unexpected} of {table.Rows.Count} outcomes are not the expected ones.");
    }

    private static string Limit(JobLimits? limits) => limits is null ? "" : $"{Duration(limits.Timeout)}, {Bytes(limits.MaxHeapBytes)}";

    private static string Duration(TimeSpan time) => time.TotalSeconds >= 1
        ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.##} s")
        : string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0.##} ms");

    private static string Bytes(long bytes) => bytes < BytesPerMebibyte ? $"{bytes} B" : $"{Mebibytes(bytes)} MiB";

    private static string Mebibytes(long bytes) => (bytes / BytesPerMebibyte).ToString("0.#", CultureInfo.InvariantCulture);
}
