using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using Handler.Infrastructure;

namespace Handler.Pools;

/// <summary>
/// Gives actors their turns within one process: one at a time, on the thread that brings each turn. A continuation of what an actor
/// awaits runs as a further turn, on the thread that ends the current one. In the common case no thread is switched to or waited for. If
/// there is much to continue, for example because thousands of waiting jobs were cancelled, a thread that ends with this work does it in
/// short turns, between which others have theirs.
/// </summary>
internal sealed class TurnContext : SynchronizationContext
{
    private readonly Lock gate = new();
    private readonly ConcurrentQueue<(SendOrPostCallback Continue, object? State)> posted = [];
    private readonly ConcurrentQueue<Action> afterwards = [];
    private int entering; // how many threads wait for their turns
    private int turns;
    private int hasHelper; // 1 as long as a thread of its own does what is left

    /// <summary>Begins a turn when the current one has ended. Dispose it on the same thread. Code in a turn must not block.</summary>
    public Turn Enter()
    {
        if (!gate.TryEnter())
        {
            Interlocked.Increment(ref entering);
            gate.Enter();
            Interlocked.Decrement(ref entering);
        }

        return new Turn(this);
    }

    public override void Post(SendOrPostCallback d, object? state)
    {
        posted.Enqueue((d, state));

        // If a turn is running, on this thread or another one, its end runs the callback.
        if (!gate.IsHeldByCurrentThread)
            RunPosted();
    }

    /// <summary>
    /// Continues, within the current turn, the first work that was to follow it. Returns <see langword="false"/> if there is none.
    /// </summary>
    public bool TryContinue()
    {
        if (!posted.TryDequeue(out var next))
            return false;
        Run(next.Continue, next.State);
        return true;
    }

    /// <summary>
    /// Runs an action on this thread after the current turn has ended and the lock is released. The action must handle its own exceptions.
    /// </summary>
    public void Afterwards(Action action) => afterwards.Enqueue(action);

    /// <summary>
    /// Calls code that may take other locks, outside of every turn: immediately if this thread is in none, otherwise after the current
    /// turn. Called within a turn, it could wait for a thread that holds such a lock and waits for this turn. The result arrives in a turn,
    /// like any other.
    /// </summary>
    public ValueTask<T> CallOutside<T>(Func<ValueTask<T>> call)
    {
        if (!gate.IsHeldByCurrentThread)
            return call();
        var outside = new TaskCompletionSource<T>();
        Afterwards(() => BackgroundWork.PassOn(call, outside));
        return new ValueTask<T>(outside.Task);
    }

    public override void Send(SendOrPostCallback d, object? state)
        => throw new NotSupportedException("TurnContext does not support synchronous Send.");

    public override SynchronizationContext CreateCopy() => this;

    private bool HasMore => !posted.IsEmpty || !afterwards.IsEmpty;

    private bool HasHelper => Interlocked.CompareExchange(ref hasHelper, 0, 0) != 0; // not read before what was queued is visible

    private void RunAfterwards()
    {
        if (afterwards.IsEmpty || gate.IsHeldByCurrentThread)
            return;

        // Under another synchronization context, continuations would be queued to the thread pool instead of running here.
        var before = Current;
        SetSynchronizationContext(null);
        for (var left = Tuning.Pools.MaxContinuations; left > 0 && afterwards.TryDequeue(out var action); left--)
        {
            try
            {
                action();
            }
            catch (Exception)
            {
                // Only the application's logger throws here, so there is nowhere to report it.
            }
        }

        SetSynchronizationContext(before);
    }

    private void RunPosted()
    {
        if (gate.IsHeldByCurrentThread)
            return; // a turn within a turn: the outer one does it

        // This checks the queue after the lock is released, and Post checks the lock after it has queued. So one of the two sees the
        // callback. The helper also checks it after it has said that it ends.
        for (var left = Tuning.Pools.MaxFurtherTurns; HasMore && !HasHelper; left--)
        {
            if (left <= 0)
                LeaveToHelper();
            else if (!TryRunTurn())
                return;
        }
    }

    /// <summary>
    /// Runs a turn of what was posted, and what comes after it. Returns <see langword="false"/> if another thread has a turn: it does the
    /// rest.
    /// </summary>
    private bool TryRunTurn()
    {
        if (!posted.IsEmpty)
        {
            if (!gate.TryEnter())
                return false;
            new Turn(this).End();
        }

        RunAfterwards();
        return true;
    }

    private void LeaveToHelper()
    {
        if (Interlocked.Exchange(ref hasHelper, 1) != 0)
            return;
        try
        {
            new Thread(Help) { IsBackground = true, Name = "Handler turns" }.Start();
        }
        catch (Exception exception) when (exception is OutOfMemoryException or ThreadStartException)
        {
            Help(); // the system has no more threads
        }
    }

    /// <summary>Does what is left in short turns, and lets the threads that wait have theirs in between.</summary>
    private void Help()
    {
        do
        {
            for (var isWaiting = new SpinWait(); HasMore; isWaiting.Reset())
            {
                gate.Enter();
                new Turn(this).End();
                var mine = Volatile.Read(ref turns);
                RunAfterwards();
                while (Volatile.Read(ref entering) > 0 && Volatile.Read(ref turns) == mine)
                    isWaiting.SpinOnce(); // otherwise this thread would often be the next one again: the lock is not fair
            }

            Interlocked.Exchange(ref hasHelper, 0);
        }
        while (HasMore && Interlocked.Exchange(ref hasHelper, 1) == 0);
    }

    /// <summary>
    /// An exception of other code here (for example an <c>async void</c> of a storage provider) does not belong to this turn. It is
    /// rethrown on the thread pool, where it would have been thrown without the turn.
    /// </summary>
    private static void Run(SendOrPostCallback next, object? state)
    {
        try
        {
            next(state);
        }
        catch (Exception exception)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static thrown => ExceptionDispatchInfo.Throw(thrown), exception, preferLocal: false);
        }
    }

    /// <summary>A turn: the lock is held until it is disposed.</summary>
    public readonly ref struct Turn
    {
        private readonly TurnContext context;
        private readonly SynchronizationContext? before;

        internal Turn(TurnContext context)
        {
            this.context = context;
            context.turns++;
            before = Current;
            SetSynchronizationContext(context);
        }

        public void Dispose()
        {
            End();
            context.RunAfterwards();
            context.RunPosted();
        }

        /// <summary>Runs some of what was posted, and releases the lock.</summary>
        internal void End()
        {
            for (var left = Tuning.Pools.MaxContinuations; left > 0 && context.TryContinue(); left--)
            {
            }

            SetSynchronizationContext(before);
            context.gate.Exit();
        }
    }
}
