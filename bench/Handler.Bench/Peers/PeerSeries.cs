using Handler.Bench.Output;

namespace Handler.Bench.Peers;

/// <summary>
/// Measures peers one after the other. A peer that needs a program which this machine does not have is left out; that is no failure.
/// </summary>
/// <param name="searchPath">The folders with the machine's programs, as in <c>PATH</c>.</param>
/// <param name="measure">Measures one peer.</param>
internal sealed class PeerSeries(string searchPath, Func<Peer, CancellationToken, Task<PeerFigures>> measure)
{
    private readonly string[] folders = searchPath.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The figures of the peers that were measured.</summary>
    public List<PeerFigures> Measured { get; } = [];

    /// <summary>How many peers could not be measured although their programs are there.</summary>
    public int Failures { get; private set; }

    /// <summary>Measures these peers, and reports its progress.</summary>
    public async Task RunAsync(IEnumerable<Peer> peers, CancellationToken cancellationToken)
    {
        foreach (var peer in peers)
        {
            if (peer.Needs.FirstOrDefault(program => !IsInstalled(program)) is { } missing)
                ConsoleReport.WriteLeftOut(peer.Name, $"there is no {missing} on this machine");
            else
                await RunAsync(peer, cancellationToken);
        }
    }

    private async Task RunAsync(Peer peer, CancellationToken cancellationToken)
    {
        ConsoleReport.WriteProgress([peer.Name]);
        try
        {
            Measured.Add(await measure(peer, cancellationToken));
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            ConsoleReport.WriteFailure(exception);
            Failures++;
        }
    }

    private bool IsInstalled(string program) => folders.Any(folder => File.Exists(Path.Combine(folder, program)));
}
