using System.Diagnostics;
using Handler.Bench.Peers;
using Handler.Tests;
using Spectre.Console;

namespace Handler.Bench.Tests.Peers;

/// <summary>Which peers are measured, left out, or fail, and what is printed about them.</summary>
public sealed class PeerSeriesTests : IDisposable
{
    private readonly StringWriter printed = new();
    private readonly TemporaryFolder programs = new();
    private readonly List<string> measured = [];
    private readonly IAnsiConsole before = AnsiConsole.Console;

    public PeerSeriesTests()
    {
        AnsiConsole.Console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Out = new AnsiConsoleOutput(printed),
        });
        AnsiConsole.Profile.Width = 200;
    }

    public void Dispose()
    {
        AnsiConsole.Console = before;
        programs.Dispose();
    }

    [Fact]
    public async Task With_an_empty_path_every_peer_that_needs_a_program_is_left_out_and_nothing_fails()
    {
        var series = new PeerSeries("", MeasureAsync);
        await series.RunAsync(Peer.All, default);
        var needing = Peer.All.Where(static peer => peer.Needs.Length > 0);
        var others = Peer.All.Where(static peer => peer.Needs.Length == 0);
        Assert.Equal(others.Select(static peer => peer.Name), measured);
        Assert.Equal(measured, series.Measured.Select(static figures => figures.Name));
        Assert.Equal(0, series.Failures);
        Assert.NotEmpty(needing);
        Assert.All(needing, peer => Assert.Contains($"left out {peer.Name}: there is no {peer.Needs[0]} on this machine", Lines));
    }

    [Fact]
    public async Task A_peer_is_left_out_for_the_program_that_is_missing()
    {
        Install("node");
        await RunAsync(Needing("peer", "node", "npm"));
        Assert.Equal(["left out peer: there is no npm on this machine"], Lines);
        Assert.Empty(measured);
    }

    [Fact]
    public async Task A_peer_whose_programs_are_there_is_measured()
    {
        Install("node");
        Install("npm");
        var series = await RunAsync(Needing("peer", "node", "npm"));
        Assert.Equal(["measuring peer"], Lines);
        Assert.Equal("peer", Assert.Single(series.Measured).Name);
    }

    [Fact]
    public async Task A_program_is_looked_for_in_every_folder_of_the_path()
    {
        Install("node");
        var series = new PeerSeries($"/nowhere{Path.PathSeparator}{Path.PathSeparator}{programs.Path}", MeasureAsync);
        await series.RunAsync([Needing("peer", "node")], default);
        Assert.Equal(["peer"], measured);
    }

    [Fact]
    public async Task A_peer_that_cannot_be_measured_is_a_failure_and_the_next_one_is_measured()
    {
        var series = await RunAsync(Needing("broken"), Needing("next"));
        Assert.Equal(1, series.Failures);
        Assert.Equal(["next"], series.Measured.Select(static figures => figures.Name));
        Assert.Equal(["measuring broken", "not measured: InvalidOperationException: It exited.", "measuring next"], Lines);
    }

    [Fact]
    public async Task A_run_that_is_cancelled_ends_without_a_failure()
    {
        using var cancelling = new CancellationTokenSource();
        var series = new PeerSeries("", async (_, token) =>
        {
            await cancelling.CancelAsync();
            token.ThrowIfCancellationRequested();
            throw new UnreachableException();
        });
        await Assert.ThrowsAsync<OperationCanceledException>(
            () => series.RunAsync([Needing("first"), Needing("second")], cancelling.Token));
        Assert.Equal(["measuring first"], Lines);
        Assert.Equal(0, series.Failures);
    }

    private string[] Lines => printed.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static Peer Needing(string name, params string[] programs) => new(name, programs, static () => new ProcessStartInfo());

    private void Install(string program) => File.WriteAllText(programs.File(program), "");

    private async Task<PeerSeries> RunAsync(params Peer[] peers)
    {
        var series = new PeerSeries(programs.Path, MeasureAsync);
        await series.RunAsync(peers, default);
        return series;
    }

    private Task<PeerFigures> MeasureAsync(Peer peer, CancellationToken cancellationToken)
    {
        if (peer.Name == "broken")
            throw new InvalidOperationException("It exited.");
        measured.Add(peer.Name);
        return Task.FromResult(new PeerFigures(peer.Name, new PeerSpeed(1, 1, 1), new PeerStop(1), null, null));
    }
}
