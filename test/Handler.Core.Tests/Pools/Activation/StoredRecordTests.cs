using Handler.Pools;
using static Handler.Tests.Pools.PoolParts;

namespace Handler.Tests.Pools;

/// <summary>How an activation reads, writes and follows its record in storage.</summary>
public sealed class StoredRecordTests : IDisposable
{
    private readonly PoolParts pool = new();
    private readonly TestStore store = new();
    private readonly StoredRecord record;

    public StoredRecordTests()
    {
        var ports = pool.Ports with { Store = store };
        var asking = new ParentRequests(
            pool.State,
            pool.Lifecycle,
            pool.Pending,
            pool.Parents,
            new ParentSelection(pool.State, pool.Background, ports),
            pool.Releases,
            ports,
            static _ => throw new InvalidOperationException("No share was returned."),
            default);
        record = new(pool.State, pool.Lifecycle, asking, pool.Releases, pool.WaitingRoom, pool.Background, ports);
        pool.State.Epoch = 0;
        store.Set(Version(1, "parent"), epoch: 4);
    }

    [Fact]
    public void The_stored_epoch_is_raised_by_one_and_the_stored_configuration_applies()
    {
        Assert.True(Raise().Now());
        Assert.Equal((5, 5), (pool.State.Epoch, store.Stored!.Value.Record.Epoch));
        Assert.Equal(Version(1, "parent"), pool.State.Configuration);
        Assert.Equal(Version(1, "parent"), store.Stored.Value.Record.Configuration);
    }

    [Fact]
    public void A_pool_without_a_record_does_not_exist()
    {
        store.Stored = null;
        Assert.False(Raise().Now());
        Assert.Equal(0, store.Writes);
    }

    [Fact]
    public void If_another_activation_writes_first_the_epoch_is_raised_above_its_epoch()
    {
        var read = store.DelayRead();
        var raised = Raise();
        store.Set(Version(2), epoch: 9);
        pool.Turn(read.SetResult);
        Assert.False(raised.IsCompleted);
        pool.Advance(50);
        Assert.True(raised.Now());
        Assert.Equal((10, 2), (pool.State.Epoch, pool.State.Configuration.Version));
        Assert.Empty(pool.Log.Lines);
    }

    [Fact]
    public void A_store_that_fails_is_logged_and_read_again_after_a_growing_delay()
    {
        store.ReadFailure = new IOException();
        var raised = Raise();
        pool.Advance(49);
        Assert.Equal(1, store.Reads);
        pool.Advance(1);
        Assert.Equal(2, store.Reads);
        pool.Advance(99);
        Assert.Equal(2, store.Reads);
        store.ReadFailure = null;
        pool.Advance(1);
        Assert.True(raised.Now());
        Assert.Equal([1607, 1607], pool.Log.Lines.Select(static line => line.Id));
    }

    [Fact]
    public void A_read_that_does_not_return_counts_as_failed_after_the_timeout()
    {
        store.DelayRead();
        var raised = Raise();
        pool.Advance(999);
        Assert.Equal(1, store.Reads);
        pool.Advance(51);
        Assert.True(raised.Now());
    }

    [Fact]
    public void A_write_that_has_succeeded_although_it_seemed_to_fail_does_no_harm()
    {
        store.FailAfterWrite = true;
        var raised = Raise();
        Assert.Equal((0, 5), (pool.State.Epoch, store.Stored!.Value.Record.Epoch));
        store.FailAfterWrite = false;
        pool.Advance(50);
        Assert.True(raised.Now());
        Assert.Equal((6, 6), (pool.State.Epoch, store.Stored.Value.Record.Epoch));
    }

    [Fact]
    public void An_activation_that_goes_stops_trying()
    {
        store.ReadFailure = new IOException();
        var raised = Raise();
        pool.Turn(() => pool.Lifecycle.Advance(PoolPhase.Leaving));
        store.ReadFailure = null;
        pool.Advance(50);
        Assert.True(raised.Now());
        Assert.Equal((1, 0), (store.Reads, store.Writes));
    }

    [Fact]
    public void A_change_is_stored_with_the_epoch_and_applies_and_so_does_the_next()
    {
        Begin();
        Change(Version(2)).Now();
        Change(Version(3, "other")).Now();
        Assert.Equal(new PoolRecord(Version(3, "other"), 5), store.Stored!.Value.Record);
        Assert.Equal(Version(3, "other"), pool.State.Configuration);
        Assert.Equal(1, store.Reads);
    }

    [Fact]
    public void A_change_that_comes_after_a_later_one_writes_nothing()
    {
        Begin();
        Change(Version(3)).Now();
        Change(Version(2)).Now();
        Assert.Equal((2, 3), (store.Writes, pool.State.Configuration.Version));
    }

    [Fact]
    public void A_change_finds_out_that_a_newer_activation_has_taken_over()
    {
        Begin();
        store.Set(Version(2), epoch: 6);
        var superseded = Assert.Throws<PoolSupersededException>(() => Change(Version(3)).Now());
        Assert.Equal(("pool", 5), (superseded.Pool, superseded.Epoch));
        Assert.Equal(PoolPhase.Superseded, pool.State.Phase);
        Assert.Equal(2, store.Stored!.Value.Record.Configuration.Version);
    }

    [Fact]
    public void A_change_is_stored_after_an_earlier_one_that_seemed_to_fail()
    {
        Begin();
        store.FailAfterWrite = true;
        Assert.Throws<IOException>(() => Change(Version(2)).Now());
        Assert.Equal(1, pool.State.Configuration.Version);
        store.FailAfterWrite = false;
        Change(Version(3)).Now();
        Assert.Equal((3, 3), (pool.State.Configuration.Version, store.Stored!.Value.Record.Configuration.Version));
    }

    [Fact]
    public void A_change_of_a_removed_pool_fails()
    {
        Begin();
        store.Stored = null;
        Assert.Equal("Pool pool was removed.", Assert.Throws<InvalidOperationException>(() => Change(Version(2)).Now()).Message);
    }

    [Fact]
    public void A_late_reply_to_an_earlier_write_does_not_undo_a_later_change()
    {
        Begin();
        var reply = store.DelayWrite();
        var earlier = Change(Version(2));
        Change(Version(3)).Now();
        pool.Turn(reply.SetResult);
        earlier.Now();
        Assert.Equal((3, 3), (pool.State.Configuration.Version, store.Stored!.Value.Record.Configuration.Version));
    }

    [Fact]
    public void A_request_leaves_its_parent_only_if_the_change_names_another()
    {
        Begin();
        AskParent(Ask(1));
        Change(Version(2, "parent")).Now();
        Assert.Empty(pool.Parent.Releases);
        Change(Version(3, "other")).Now();
        Assert.Equal(LeaseOutcome.Withdrawn, Assert.Single(pool.Parent.Releases).Request.Outcome);
    }

    [Fact]
    public void A_change_that_makes_room_gives_it_to_a_waiting_job()
    {
        Begin();
        pool.State.Apply(Version(1) with { Limits = new PoolLimits(1, 10) });
        pool.Hold(Ask(1));
        var waiting = pool.Wait(Ask(2, waitMs: 60_000));
        Change(Version(2) with { Limits = new PoolLimits(2, 10) }).Now();
        Assert.Null(waiting.Now());
        Assert.True(pool.Holds(Ask(2)));
    }

    [Fact]
    public void A_change_rejects_waiting_jobs_that_have_become_infeasible_here_or_at_the_new_parent()
    {
        Begin();
        pool.State.Apply(Version(1) with { Limits = new PoolLimits(1, 10) });
        pool.Hold(Ask(1));
        var (biggest, big, small) = (Wait(2, 9), Wait(3, 8), Wait(4, 1));
        JobRejected tooBig = new("other", RejectReason.InsufficientMemory, 8, 0, 7);
        pool.OtherParent.WhyInfeasible = bytes => ValueTask.FromResult(bytes == 8 ? tooBig : null);
        Change(Version(2, "other") with { Limits = new PoolLimits(1, 8) }).Now();
        Assert.Equal(8, biggest.Now()!.Limit);
        Assert.Same(tooBig, big.Now());
        Assert.False(small.IsCompleted);
    }

    [Fact]
    public void A_check_finds_a_newer_activation()
    {
        Begin();
        store.Set(Version(2), epoch: 6);
        Check().Now();
        Assert.Equal((PoolPhase.Superseded, 1), (pool.State.Phase, pool.State.Configuration.Version));
    }

    [Fact]
    public void A_check_finds_that_the_pool_was_removed_and_withdraws_its_requests()
    {
        Begin();
        AskParent(Ask(1));
        store.Stored = null;
        Check().Now();
        Assert.Equal(PoolPhase.Removed, pool.State.Phase);
        Assert.Equal(LeaseOutcome.Withdrawn, Assert.Single(pool.Parent.Releases).Request.Outcome);
    }

    [Fact]
    public void A_check_applies_a_change_that_was_stored_although_its_write_seemed_to_fail()
    {
        Begin();
        store.FailAfterWrite = true;
        Assert.Throws<IOException>(() => Change(Version(2)).Now());
        Check().Now();
        Assert.Equal(2, pool.State.Configuration.Version);
        store.FailAfterWrite = false;
        Change(Version(3)).Now();
        Assert.Equal(2, store.Reads);
    }

    [Fact]
    public void A_check_that_cannot_read_changes_nothing()
    {
        Begin();
        store.ReadFailure = new IOException();
        Check().Now();
        store.ReadFailure = null;
        store.DelayRead();
        var check = Check();
        pool.Advance(1_000);
        check.Now();
        Assert.Equal((PoolPhase.Ready, 1), (pool.State.Phase, pool.State.Configuration.Version));
    }

    [Fact]
    public void A_check_whose_record_has_changed_since_it_was_read_changes_nothing()
    {
        Begin();
        var read = store.DelayRead();
        var check = Check();
        Change(Version(2)).Now();
        pool.Turn(read.SetResult);
        check.Now();
        Assert.Equal(2, pool.State.Configuration.Version);
    }

    public void Dispose() => Assert.Empty(pool.Failures);

    private static PoolConfiguration Version(long version, string? parent = null)
        => new() { Limits = new PoolLimits(10, 1_000), Version = version, MaxWaiting = 100, Parent = parent };

    private Task<bool> Raise() => pool.Turn(record.RaiseEpochAsync);

    private Task Change(PoolConfiguration configuration) => pool.Turn(() => record.ChangeAsync(configuration));

    private Task Check() => pool.Turn(record.CheckAsync);

    private Task<JobRejected?> Wait(ulong job, long bytes) => pool.Wait(Ask(job, bytes, waitMs: 60_000));

    /// <summary>Makes this the pool's activation, with epoch 5.</summary>
    private void Begin()
    {
        Assert.True(Raise().Now());
        pool.Lifecycle.Advance(PoolPhase.Ready);
    }

    /// <summary>Lets a request wait for the reply of the pool "parent".</summary>
    private void AskParent(AcquireRequest request) => pool.Turn(() =>
    {
        var pending = pool.Pending.Add(request);
        (pending.Parent, pending.ParentRoute) = ("parent", 99);
    });

    /// <summary>A store that fails or replies late when the test says so.</summary>
    private sealed class TestStore : IPoolStore
    {
        private Task afterRead = Task.CompletedTask;
        private Task afterWrite = Task.CompletedTask;

        public (PoolRecord Record, string Tag)? Stored { get; set; }

        public int Reads { get; private set; }

        public int Writes { get; private set; }

        public Exception? ReadFailure { get; set; }

        /// <summary>Whether writes are stored and then fail.</summary>
        public bool FailAfterWrite { get; set; }

        public void Set(PoolConfiguration configuration, long epoch)
            => Stored = (new PoolRecord(configuration, epoch), $"{configuration.Version} at {epoch}");

        /// <summary>Lets the next read reply when the returned source is completed, with what is stored when it is made.</summary>
        public TaskCompletionSource DelayRead() => Delay(out afterRead);

        /// <summary>Lets the next write reply when the returned source is completed.</summary>
        public TaskCompletionSource DelayWrite() => Delay(out afterWrite);

        public async ValueTask<(PoolRecord Record, string Tag)?> ReadAsync(string pool)
        {
            Reads++;
            if (ReadFailure is not null)
                throw ReadFailure;
            var stored = Stored;
            await Once(ref afterRead);
            return stored;
        }

        public async ValueTask<string?> WriteAsync(string pool, PoolRecord record, string tag)
        {
            if (Stored?.Tag != tag)
                return null;
            var written = $"write {++Writes}";
            Stored = (record, written);
            await Once(ref afterWrite);
            return FailAfterWrite ? throw new IOException("The reply is lost.") : written;
        }

        private static TaskCompletionSource Delay(out Task reply)
        {
            var source = new TaskCompletionSource();
            reply = source.Task;
            return source;
        }

        private static Task Once(ref Task reply)
        {
            var now = reply;
            reply = Task.CompletedTask;
            return now;
        }
    }
}
