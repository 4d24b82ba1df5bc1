using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace Handler.Pools;

/// <summary>
/// Gives actors their turns within one process: one at a time, on whichever thread brings one. What an actor awaits comes back as
/// further turns, run by the thread that ends the present one. No thread is ever handed over to or waited for in the common case.
/// </summary>
internal sealed class TurnContext : SynchronizationContext
{
    private readonly Lock _lock = new();
    private readonly ConcurrentQueue<(SendOrPostCallback Continue, object? State)> _posted = [];
    private readonly ConcurrentQueue<Action> _afterwards = [];

    /// <summary>Begins a turn, once the present one is over. Must be disposed on the same thread; nothing within may block.</summary>
    public Turn Enter()
    {
        _lock.Enter();
        return new Turn(this);
    }

    public override void Post(SendOrPostCallback d, object? state)
    {
        _posted.Enqueue((d, state));

        // Within a turn its end sees to it; so does the end of another thread's turn.
        if (!_lock.IsHeldByCurrentThread)
            RunPosted();
    }

    /// <summary>Has something done once the present turn is over and its lock is let go, on this thread. What it throws is lost.</summary>
    public void Afterwards(Action action) => _afterwards.Enqueue(action);

    /// <summary>
    /// Calls what may take locks of its own, outside of every turn: at once where this thread is in none, else once the present turn is over. Called within a turn it could
    /// wait for a thread that holds such a lock and waits for this turn. The answer comes back as any other.
    /// </summary>
    public ValueTask<T> CallOutside<T>(Func<ValueTask<T>> call)
    {
        if (!_lock.IsHeldByCurrentThread)
            return call();
        var answer = new TaskCompletionSource<T>();
        Afterwards(() => _ = PassOn(call, answer));
        return new ValueTask<T>(answer.Task);
    }

    private static async Task PassOn<T>(Func<ValueTask<T>> call, TaskCompletionSource<T> answer)
    {
        try
        {
            answer.SetResult(await call().ConfigureAwait(false));
        }
        catch (OperationCanceledException canceled)
        {
            answer.SetCanceled(canceled.CancellationToken);
        }
        catch (Exception exception)
        {
            answer.SetException(exception);
        }
    }

    public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException("Turns do not wait for turns.");

    public override SynchronizationContext CreateCopy() => this;

    private void RunAfterwards()
    {
        if (_afterwards.IsEmpty || _lock.IsHeldByCurrentThread)
            return;

        // Under a context of somebody's own what waits for an answer would be queued to the thread pool, and not go on here.
        var before = Current;
        SetSynchronizationContext(null);
        while (_afterwards.TryDequeue(out var action))
        {
            try
            {
                action();
            }
            catch (Exception)
            {
                // Whoever's turn this was has nothing to do with it.
            }
        }

        SetSynchronizationContext(before);
    }

    private void RunPosted()
    {
        // The queue is looked at after the lock was let go: whoever posts looks at the lock after it has posted, so one of both sees it.
        while (!_posted.IsEmpty && _lock.TryEnter())
            new Turn(this).Dispose();
    }

    /// <summary>The time in which the lock is held.</summary>
    public readonly ref struct Turn
    {
        private readonly TurnContext _context;
        private readonly SynchronizationContext? _before;

        internal Turn(TurnContext context)
        {
            _context = context;
            _before = Current;
            SetSynchronizationContext(context);
        }

        public void Dispose()
        {
            while (_context._posted.TryDequeue(out var next))
                Run(next.Continue, next.State);
            SetSynchronizationContext(_before);
            _context._lock.Exit();
            _context.RunAfterwards();
            _context.RunPosted();
        }

        /// <summary>What somebody's code throws here (an <c>async void</c> of a storage, say) is for nobody in this turn: it goes where it would have gone without it, to the process.</summary>
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
