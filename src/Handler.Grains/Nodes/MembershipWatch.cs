using System.Globalization;
using Handler.Grains.Members;
using Handler.Infrastructure;
using Handler.Pools;
using Microsoft.Extensions.Logging;

namespace Handler.Grains.Nodes;

/// <summary>
/// Checks regularly whether the membership table has lost data, as when Redis was emptied or came back without its last writes, and writes
/// it again. Orleans does not: its silos continue to work with each other, but no silo can join them, none is declared dead, and no new
/// pool can start.
/// </summary>
internal sealed partial class MembershipWatch(
    Membership membership, IMembershipTable table, TimeProvider time, ILogger<IHandler> logger)
{
    private static readonly MembershipTableData Empty = new(new TableVersion(0, "0"));

    private readonly LogThrottle isUnreadable = new(time);
    private readonly LogThrottle isBeyondRepair = new(time);
    private MembershipTableData? last;
    private int looksInVain;
    private int foundAt;
    private bool repairing;

    /// <summary>How long after one check the next one follows, unless the membership changes before.</summary>
    public TimeSpan UntilNextCheck => looksInVain > 0 ? Tuning.Silos.RepairInterval : Tuning.Silos.CheckInterval;

    public async Task WatchAsync(CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var timer = new PeriodicTimer(Tuning.Silos.CheckInterval, time);
        await using var updates = membership.Updates.GetAsyncEnumerator(ending.Token);
        var (tick, update) = (timer.WaitForNextTickAsync(ending.Token).AsTask(), updates.MoveNextAsync().AsTask());
        try
        {
            while (true)
            {
                await CheckAsync(cancellationToken); // also after each change, so that the rows of all silos are known
                timer.Period = UntilNextCheck;
                if (!await await Task.WhenAny(tick, update))
                    return;
                if (tick.IsCompleted)
                    tick = timer.WaitForNextTickAsync(ending.Token).AsTask();
                if (update.IsCompleted)
                    update = updates.MoveNextAsync().AsTask();
            }
        }
        finally
        {
            // An enumerator must not be disposed while it moves on.
            await ending.CancelAsync();
            await ((Task)Task.WhenAll(tick, update))
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        }
    }

    /// <summary>Reads the table, and writes it again if it has lost data and it is this silo's turn.</summary>
    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        var known = membership.Snapshot;
        try
        {
            await CheckAsync(known, await table.ReadAllAsync(cancellationToken), cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            await TryMakeAsync(known, exception, cancellationToken);
        }
    }

    private async Task CheckAsync(ClusterMembershipSnapshot known, MembershipTableData read, CancellationToken cancellationToken)
    {
        var hasLost = MembershipRepair.HasLost(read, known.Version);
        if (hasLost && CanRepair(known, read))
        {
            if (IsOwnTurn(known, read))
                await RepairAsync(known, cancellationToken);
            return;
        }

        if (hasLost || read.TryGet(membership.SelfAddress) is null)
        {
            if (isBeyondRepair.IsDue())
                LogBeyondRepair(membership.Self);
            return;
        }

        if (repairing)
            LogRepaired(read.Version.Version);
        (last, looksInVain, repairing) = (read, 0, false);
    }

    /// <summary>
    /// A table that cannot be read may no longer exist. It is created again only if its rows can be written immediately: clients that read
    /// an empty table have no silo left to ask, while clients that find no table keep the silos that they know.
    /// </summary>
    private async Task TryMakeAsync(ClusterMembershipSnapshot known, Exception unreadable, CancellationToken cancellationToken)
    {
        try
        {
            if (CanRepair(known, Empty) && IsOwnTurn(known, Empty))
            {
                await table.InitializeMembershipTableAsync(tryInitTableVersion: true, cancellationToken);
                await RepairAsync(known, cancellationToken);
                return;
            }
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            unreadable = exception;
        }

        if (isUnreadable.IsDue())
            LogUnreadable(unreadable.Message);
    }

    private bool CanRepair(ClusterMembershipSnapshot known, MembershipTableData read)
        => last is not null && MembershipRepair.CanRepair(read, last, known);

    /// <summary>
    /// Whether this silo may write now. With each failed check one more silo may, in case the ones before it cannot. While another silo
    /// writes, this one does not.
    /// </summary>
    private bool IsOwnTurn(ClusterMembershipSnapshot known, MembershipTableData read)
    {
        var somebodyWrites = looksInVain > 0 && !repairing && read.Version.Version > foundAt;
        foundAt = read.Version.Version;
        return !somebodyWrites
            && looksInVain++
                >= known.Members.Values.Count(member =>
                    member.Status == SiloStatus.Active && member.SiloAddress.CompareTo(membership.SelfAddress) < 0);
    }

    private async Task RepairAsync(ClusterMembershipSnapshot known, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        while (time.GetElapsedTime(started) < Tuning.Silos.RepairWrites)
        {
            var read = await table.ReadAllAsync(cancellationToken);
            if (!repairing)
                LogRepairing(read.Version.Version, known.Version.Value);
            repairing = true;
            if (MembershipRepair.Next(read, last!, known, membership.SelfAddress) is not { } row
                || !await WriteAsync(row, read.Version.Next(), cancellationToken))
                return; // done, or another silo wrote; the next check finds out
            if (row.Etag is not null && row.Entry.SiloAddress.Equals(membership.SelfAddress))
                await CountUpAsync(row.Entry, read.Version.Version + 1, known.Version.Value, started, cancellationToken);
        }
    }

    /// <summary>
    /// Counts up the table's version when all rows are written. Redis uses the version as the tag, so the table need not be read before
    /// each write. A table with other tags refuses the first write.
    /// </summary>
    private async Task CountUpAsync(MembershipEntry entry, int from, long to, long started, CancellationToken cancellationToken)
    {
        for (var version = from; version < to && time.GetElapsedTime(started) < Tuning.Silos.RepairWrites; version++)
        {
            var tag = version.ToString(CultureInfo.InvariantCulture);
            if (!await table.UpdateRowAsync(entry, tag, new TableVersion(version + 1, tag), cancellationToken))
                return;
        }
    }

    private Task<bool> WriteAsync(MembershipRepair.Row row, TableVersion version, CancellationToken cancellationToken)
        => row.Etag is { } etag
            ? table.UpdateRowAsync(row.Entry, etag, version, cancellationToken)
            : table.InsertRowAsync(row.Entry, version, cancellationToken);

    [LoggerMessage(
        1405,
        LogLevel.Error,
        "The membership table has lost data, as when Redis was emptied or came back without its last writes: "
            + "it is at version {Found} and was at {Known}. This silo writes it again"
    )]
    private partial void LogRepairing(int found, long known);

    [LoggerMessage(1409, LogLevel.Information, "The membership table is as it was before it lost data, at version {Version}")]
    private partial void LogRepaired(int version);

    [LoggerMessage(
        1410,
        LogLevel.Error,
        "The membership table has lost data, as when Redis was emptied or came back without its last writes, "
            + "and silo {Node} cannot write it again. It continues with the silos that it knows; "
            + "silos that start now do not find them and form a separate cluster under the same name. Restart all silos of the cluster"
    )]
    private partial void LogBeyondRepair(NodeId node);

    [LoggerMessage(
        1408,
        LogLevel.Warning,
        "The membership table cannot be read: {Why} Running silos continue with each other. New silos and pools wait until it can be read"
    )]
    private partial void LogUnreadable(string why);
}
