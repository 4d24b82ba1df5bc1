namespace Handler.Nodes;

/// <summary>
/// Timers that fire on a thread of the node. The timers of .NET fire on the thread pool: no timeout would fire while all of its threads
/// wait for outcomes.
/// </summary>
/// <param name="wake">Causes <see cref="FireDue"/> to be called soon.</param>
/// <param name="failed">Receives the exceptions of timer callbacks.</param>
internal sealed class NodeTimers(Action wake, Action<Exception> failed) : TimeProvider
{
    private readonly SortedSet<NodeTimer> waiting = new(
        Comparer<NodeTimer>.Create(static (a, b) => a.DueAt != b.DueAt ? a.DueAt.CompareTo(b.DueAt) : a.Number.CompareTo(b.Number)));
    private long timers;

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var timer = new NodeTimer(this, Interlocked.Increment(ref timers), callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Fires the timers that are due, on the calling thread.</summary>
    /// <returns>The number of milliseconds until the next call; <see cref="Timeout.Infinite"/> when no timer is active.</returns>
    public int FireDue()
    {
        while (true)
        {
            NodeTimer due;
            lock (waiting)
            {
                if (waiting.Min is not { } first)
                    return Timeout.Infinite;
                var left = first.DueAt - Environment.TickCount64;
                if (left > 0)
                    return (int)Math.Min(left, int.MaxValue);
                waiting.Remove(due = first);
                if (due.Period > 0)
                    Add(due, due.Period);
            }

            try
            {
                due.Fire();
            }
            catch (Exception exception)
            {
                failed(exception);
            }
        }
    }

    private void Add(NodeTimer timer, long milliseconds)
    {
        timer.DueAt = Environment.TickCount64 + milliseconds;
        waiting.Add(timer);
    }

    private static long Milliseconds(TimeSpan time)
        => time == Timeout.InfiniteTimeSpan ? Timeout.Infinite : (long)Math.Ceiling(Math.Max(0, time.TotalMilliseconds));

    private sealed class NodeTimer(NodeTimers owner, long number, TimerCallback callback, object? state) : ITimer
    {
        public long Number => number;

        /// <summary>In ms of <see cref="Environment.TickCount64"/>. Changed only while the timer is not in the set.</summary>
        public long DueAt { get; set; }

        public long Period { get; private set; }

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            bool isNext;
            lock (owner.waiting)
            {
                owner.waiting.Remove(this);
                Period = Milliseconds(period);
                if (Milliseconds(dueTime) is var due and >= 0)
                    owner.Add(this, due);
                isNext = owner.waiting.Min == this;
            }

            if (isNext)
                owner.Wake();
            return true;
        }

        public void Dispose()
        {
            lock (owner.waiting)
                owner.waiting.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }

    private void Wake() => wake();
}
