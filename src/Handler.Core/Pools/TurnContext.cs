using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using Handler.Infrastructure;

namespace Handler.Pools;

/// <summary>
/// Gives actors their turns within one process: one at a time, on the thread that brings each turn. A continuation of what an actor
/// awaits runs as a further turn, on the thread that ends the current one. In the common case no thread is switched to or waited for.
/// </summary>
internal sealed class TurnContext : SynchronizationContext
{
    private readonly Lock gate = new();
    private readonly ConcurrentQueue<(SendOrPostCallback Continue, object? State)> posted = [];
    private readonly ConcurrentQueue<Action> afterwards = [];

    /// <summary>Begins a turn when the current one has ended. Dispose it on the same thread. Code in a turn must not block.</summary>
    public Turn Enter()
    {
        gate.Enter();
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

    private void RunAfterwards()
    {
        if (afterwards.IsEmpty || gate.IsHeldByCurrentThread)
            return;

        // Under another synchronization context, continuations would be queued to the thread pool instead of running here.
        var before = Current;
        SetSynchronizationContext(null);
        while (afterwards.TryDequeue(out var action))
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
        // This checks the queue after the lock is released, and Post checks the lock after it has queued. So one of the two sees the
        // callback.
        while (!posted.IsEmpty && gate.TryEnter())
            new Turn(this).Dispose();
    }

    /// <summary>A turn: the lock is held until it is disposed.</summary>
    public readonly ref struct Turn
    {
        private readonly TurnContext context;
        private readonly SynchronizationContext? before;

        internal Turn(TurnContext context)
        {
            this.context = context;
            before = Current;
            SetSynchronizationContext(context);
        }

        public void Dispose()
        {
            while (context.posted.TryDequeue(out var next))
                Run(next.Continue, next.State);
            SetSynchronizationContext(before);
            context.gate.Exit();
            context.RunAfterwards();
            context.RunPosted();
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
    }
}
