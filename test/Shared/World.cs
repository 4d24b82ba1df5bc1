namespace Handler.Shared;

/// <summary>
/// Virtual time and all events that are due in it. One thread runs the events in order of time. The seed alone decides what happens, so
/// the same seed gives the same run, step by step.
/// </summary>
internal sealed class World(int seed, bool trace)
{
    private readonly PriorityQueue<Step, (long Due, long Order)> steps = new();
    private readonly List<string>? trace = trace ? [] : null;
    private readonly int thread = Environment.CurrentManagedThreadId;
    private long order;

    public const long TicksPerSecond = TimeSpan.TicksPerSecond;

    public Random Random { get; } = new(seed);

    /// <summary>The time since the beginning, in ticks of 100 ns.</summary>
    public long Now { get; private set; }

    public TimeSpan Elapsed => TimeSpan.FromTicks(Now);

    public long Steps { get; private set; }

    public IReadOnlyList<string> Lines => this.trace ?? [];

    public bool IsMyThread => Environment.CurrentManagedThreadId == thread;

    public bool IsTracing => this.trace is not null;

    /// <summary>The first thing that should not have happened.</summary>
    public string? Violation { get; private set; }

    /// <summary>Called after each step with the process that took it.</summary>
    public Action<SimProcess> AfterStep { get; set; } = static _ => { };

    public void Trace(FormattableString what)
        => this.trace?.Add($"{Elapsed.TotalMilliseconds,10:0.000} {FormattableString.Invariant(what)}");

    public void Violate(string what)
    {
        Violation ??= $"at {Elapsed.TotalMilliseconds:0.000} ms: {what}";
        Trace($"VIOLATION {what}");
    }

    /// <summary>Exceptions are part of the protocol, except for those that show a bug; these are violations.</summary>
    public void ViolateIfError(string who, Exception e)
    {
        if (e is NullReferenceException or InvalidCastException or ArgumentException or KeyNotFoundException or IndexOutOfRangeException)
            Violate($"{who} threw: {e}");
    }

    /// <summary>Schedules an action of a process, now at the earliest. Dead processes do nothing; paused ones run it later.</summary>
    public void Schedule(SimProcess process, TimeSpan after, SendOrPostCallback action, object? state)
    {
        if (!IsMyThread)
            Environment.FailFast("Something left the simulation's thread; the seed would not replay.");
        steps.Enqueue(new Step(process, action, state), (Now + Math.Max(0, after.Ticks), order++));
    }

    public void Schedule(SimProcess process, TimeSpan after, Action action)
        => Schedule(process, after, static state => ((Action)state!)(), action);

    /// <summary>Runs until this time, or until the first violation.</summary>
    public void RunUntil(TimeSpan end)
    {
        var before = SynchronizationContext.Current;
        try
        {
            while (Violation is null && steps.TryPeek(out var step, out var at) && at.Due <= end.Ticks)
            {
                steps.Dequeue();
                if (step.State is SimTimer { IsArmed: false } || !step.Process.IsAlive)
                    continue;
                Now = at.Due;
                if (step.Process.PausedUntil > Now)
                {
                    steps.Enqueue(step, (step.Process.PausedUntil, order++));
                    continue;
                }

                Steps++;
                SynchronizationContext.SetSynchronizationContext(step.Process);
                step.Action(step.State);
                AfterStep(step.Process);
            }

            Now = Math.Max(Now, end.Ticks);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }

    public bool Chance(double probability) => Random.NextDouble() < probability;

    public TimeSpan Between(double fromMs, double toMs) => TimeSpan.FromMilliseconds(fromMs + (Random.NextDouble() * (toMs - fromMs)));

    public T Pick<T>(IReadOnlyList<T> from) => from[Random.Next(from.Count)];

    private readonly record struct Step(SimProcess Process, SendOrPostCallback Action, object? State);
}
