using Handler.Platform;

namespace Handler.Nodes;

/// <summary>
/// A thread of the node that does small things one after the other. What ends a job or starts a worker is done here, and not on threads of the thread pool: all of those may be
/// waiting for outcomes, and the system may refuse a new one.
/// </summary>
/// <param name="platform">Starts the thread.</param>
/// <param name="name">Its name.</param>
/// <param name="failed">Told of what an action throws. Must not throw itself.</param>
/// <param name="between">Called when there is nothing to do; says for how many milliseconds to wait at most, or <see cref="Timeout.Infinite"/>.</param>
internal sealed class ActionThread(IPlatform platform, string name, Action<Exception> failed, Func<int>? between = null)
{
    private readonly object gate = new();
    private readonly Queue<Action> waiting = [];
    private Thread? thread;
    private bool ending;

    /// <summary>Since when it has been doing the same thing, in ms of <see cref="Environment.TickCount64"/>; 0 while it waits.</summary>
    private long busySince;

    public bool IsStarted => thread is not null;

    /// <exception cref="IOException">The operating system refused the thread.</exception>
    public void Start() => thread = platform.StartThread(name, Run);

    /// <summary>Has something done, after all that was posted before.</summary>
    public void Post(Action action)
    {
        lock (gate)
        {
            waiting.Enqueue(action);
            Monitor.Pulse(gate);
        }
    }

    /// <summary>Whether it has been doing the same thing for that long: then what waits had better be done elsewhere.</summary>
    public bool IsStuckFor(int milliseconds) => Volatile.Read(ref busySince) is var since and not 0 && Environment.TickCount64 - since > milliseconds;

    /// <summary>Does what waits, on the thread that calls this.</summary>
    public void DoWaiting()
    {
        while (Next(out var action))
            Do(action);
    }

    /// <summary>Lets it end once it has done what waits.</summary>
    public void End()
    {
        lock (gate)
        {
            ending = true;
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
            return 100;
        }
    }

    private bool WaitForMore(int milliseconds)
    {
        lock (gate)
        {
            if (waiting.Count == 0 && !ending)
                Monitor.Wait(gate, milliseconds);
            return waiting.Count > 0 || !ending;
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
