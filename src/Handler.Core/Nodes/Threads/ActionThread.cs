using Handler.Infrastructure;
using Handler.Platform;

namespace Handler.Nodes;

/// <summary>
/// A thread of the node that runs short actions one after the other. Actions that end a job or start a worker run here and not on the
/// thread pool: all of its threads may be waiting for outcomes, and the system may refuse a new one.
/// </summary>
/// <param name="platform">Starts the thread.</param>
/// <param name="name">The thread's name.</param>
/// <param name="failed">Receives the exceptions of actions. Must not throw.</param>
/// <param name="between">
/// Called when there is nothing to do. Returns how many milliseconds to wait at most, or <see cref="Timeout.Infinite"/>.
/// </param>
internal sealed class ActionThread(IPlatform platform, string name, Action<Exception> failed, Func<int>? between = null)
{
    private readonly object gate = new();
    private readonly Queue<Action> waiting = [];
    private Thread? thread;
    private bool stopping;

    /// <summary>When the current action began, in ms of <see cref="Environment.TickCount64"/>; 0 while the thread waits.</summary>
    private long busySince;

    public bool IsStarted => thread is not null;

    /// <exception cref="IOException">The operating system refused the thread.</exception>
    public void Start() => thread = platform.StartThread(name, Run);

    /// <summary>Runs an action after all that were posted before it.</summary>
    public void Post(Action action)
    {
        lock (gate)
        {
            waiting.Enqueue(action);
            Monitor.Pulse(gate);
        }
    }

    /// <summary>Whether the current action has run for longer than this. Then the waiting actions should run elsewhere.</summary>
    public bool IsStuckFor(int milliseconds)
        => Volatile.Read(ref busySince) is var since and not 0 && Environment.TickCount64 - since > milliseconds;

    /// <summary>Runs the posted actions on the calling thread.</summary>
    public void DoWaiting()
    {
        while (Next(out var action))
            Do(action);
    }

    /// <summary>Ends the thread once the posted actions are done.</summary>
    public void End()
    {
        lock (gate)
        {
            stopping = true;
            Monitor.Pulse(gate);
        }
    }

    private bool Next(out Action action)
    {
        lock (gate)
            return waiting.TryDequeue(out action!);
    }

    private void Run()
    {
        do
            DoWaiting();
        while (WaitForMore(BetweenActions()));
    }

    private int BetweenActions()
    {
        try
        {
            return between?.Invoke() ?? Timeout.Infinite;
        }
        catch (Exception exception)
        {
            failed(exception);
            return Tuning.Threads.RetryInterval;
        }
    }

    private bool WaitForMore(int milliseconds)
    {
        lock (gate)
        {
            if (waiting.Count == 0 && !stopping)
                Monitor.Wait(gate, milliseconds);
            return waiting.Count > 0 || !stopping;
        }
    }

    private void Do(Action action)
    {
        Volatile.Write(ref busySince, Environment.TickCount64);
        try
        {
            action();
        }
        catch (Exception exception)
        {
            failed(exception);
        }

        Volatile.Write(ref busySince, 0);
    }
}
