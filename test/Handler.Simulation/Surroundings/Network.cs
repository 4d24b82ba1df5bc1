namespace Handler.Simulation;

/// <summary>Calls between processes. A call is two messages. Each can be lost, come late, come twice, or find no recipient.</summary>
internal sealed class Network(World world)
{
    public NetworkFaults Faults { get; set; } = new();

    /// <summary>Calls the recipient that is found when the message arrives, as a cluster's directory would.</summary>
    public Task<T> CallAsync<T>(SimProcess from, Func<Recipient<T>?> to, SimMachine? likelyMachine, FormattableString what)
    {
        var reply = new TaskCompletionSource<T>();
        var isLocal = likelyMachine == from.Machine;
        for (var copies = Copies(isLocal); copies > 0; copies--)
        {
            world.Schedule(Carrier, Delay(isLocal), () =>
            {
                if (to() is not { } target || !target.Process.IsAlive)
                {
                    // Sometimes the caller is told, sometimes it waits forever.
                    world.Trace($"{from.Name} → no process: {what}");
                    if (world.Chance(0.5))
                        Reply(from, isLocal, () => reply.TrySetException(new IOException("No process is there.")));
                    return;
                }

                if (target.Process.Machine.Side != from.Machine.Side)
                {
                    world.Trace($"{from.Name} ⇸ {target.Name}: {what} (cut off)");
                    return;
                }

                world.Schedule(target.Process, TimeSpan.Zero, () => _ = HandleAsync(from, target, what, reply));
            });
        }

        return reply.Task;
    }

    /// <summary>The wires themselves. They are never dead and never paused.</summary>
    public SimProcess Carrier { get; } = new(world, "network", new SimMachine("network"));

    private async Task HandleAsync<T>(SimProcess from, Recipient<T> target, FormattableString what, TaskCompletionSource<T> reply)
    {
        world.Trace($"{from.Name} → {target.Name}: {what}");
        var machine = target.Process.Machine;
        var isLocal = from.Machine == machine;
        try
        {
            var value = await target.Handle();
            if (world.IsTracing)
                world.Trace($"{from.Name} ← {target.Name}: {what} = {Show(value)}");
            if (machine.Side == from.Machine.Side)
                Reply(from, isLocal, () => reply.TrySetResult(value));
        }
        catch (Exception exception)
        {
            world.Trace($"{from.Name} ← {target.Name}: {what} failed: {exception.Message}");
            world.ViolateIfError(target.Name, exception);
            if (machine.Side == from.Machine.Side)
                Reply(from, isLocal, () => reply.TrySetException(exception));
        }
    }

    private void Reply(SimProcess to, bool isLocal, Action deliver)
    {
        for (var copies = Copies(isLocal); copies > 0; copies--)
            world.Schedule(to, Delay(isLocal), deliver);
    }

    private int Copies(bool isLocal) => isLocal ? 1 : world.Chance(Faults.Drop) ? 0 : world.Chance(Faults.Duplicate) ? 2 : 1;

    private TimeSpan Delay(bool isLocal)
        => isLocal ? world.Between(0.01, 0.1)
        : world.Chance(Faults.Slow) ? world.Between(1, Faults.SlowMs)
        : world.Between(0.2, 5);

    private static string Show<T>(T value) => value switch
    {
        System.Collections.IEnumerable many and not string => string.Join(", ", many.Cast<object>()),
        Pools.AcquireReply { Chain: { } chain } => $"yes {chain}",
        Pools.AcquireReply no => $"no: {no.Reject.Pool} {no.Reject.Reason}",
        Pools.InventoryReply inventory => $"epoch {inventory.Epoch}: {string.Join(", ", inventory.Jobs.Select(job => job.Job))}",
        Pools.ReconcileReply unknown => $"epoch {unknown.Epoch}, unknown: {string.Join(", ", unknown.Unknown)}",
        _ => $"{value}",
    };
}
