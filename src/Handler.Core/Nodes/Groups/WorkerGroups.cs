using System.Diagnostics;
using Handler.Platform;

namespace Handler.Nodes;

/// <summary>
/// The groups of workers of a node: one for each profile, and one for each pool that has jobs or workers in a profile whose pools do not
/// share workers. All members require the gate.
/// </summary>
internal sealed class WorkerGroups
{
    private readonly NodeParts node;
    private readonly Dictionary<string, WorkerGroup> profiles = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<(WorkerGroup Profile, string Pool), WorkerGroup> pools = [];
    private readonly WorkerGroup standard;

    /// <param name="profiles">The profiles; the first one is the default profile.</param>
    /// <param name="node">What all groups use.</param>
    public WorkerGroups(IReadOnlyList<WorkerProfile> profiles, NodeParts node)
    {
        this.node = node;
        foreach (var profile in profiles)
            this.profiles.Add(profile.Name, new WorkerGroup(profile, null, null, node));
        standard = this.profiles[profiles[0].Name];
    }

    /// <summary>Whether there can be only one group.</summary>
    public static bool AreOne(IReadOnlyList<WorkerProfile> profiles) => profiles is [{ Options.Sharing: not WorkerSharing.Pool }];

    public NodeTotals Totals => node.Totals;

    /// <summary>The groups of the profiles.</summary>
    public IReadOnlyCollection<WorkerGroup> OfProfiles => profiles.Values;

    /// <summary>The group whose workers may run a job; <see langword="null"/> if the node has no profile of that name.</summary>
    public WorkerGroup? Find(Job job)
    {
        if (node.Turns is null && job.Chain?.Profile is null)
            return standard;
        if (!profiles.TryGetValue(job.Chain?.Profile ?? ProfileOptions.DefaultName, out var profile))
            return null;
        if (profile.Profile.Options.Sharing != WorkerSharing.Pool)
            return profile;
        var pool = job.Chain?.Pool ?? "";
        if (!pools.TryGetValue((profile, pool), out var group))
            pools.Add((profile, pool), group = new WorkerGroup(profile.Profile, pool, profile, node));
        return group;
    }

    /// <summary>Forgets the group of a pool that has neither workers nor jobs.</summary>
    public void ForgetIfEmpty(WorkerGroup group)
    {
        if (group.Pool is not { } pool || group.All.Count > 0 || group.Queue.Count > 0)
            return;
        var key = (profiles[group.Profile.Name], pool);
        if (pools.TryGetValue(key, out var current) && current == group) // the pool may have got another group since
            pools.Remove(key);
    }

    /// <summary>All jobs that wait. Their outcomes must be decided by the calling code.</summary>
    public List<Job> TakeQueues() => [.. profiles.Values.Concat(pools.Values).SelectMany(static group => group.TakeQueue())];

    /// <summary>The same for the jobs that wait for workers of the same profile as a group, started like those of that group.</summary>
    public List<Job> TakeQueuesOf(WorkerGroup group)
    {
        if (group.Pool is null && group.Profile.Options.Sharing != WorkerSharing.Pool)
            return group.TakeQueue();
        var without = pools.Values.Where(other => other.Profile == group.Profile && other.All.Count == 0).ToList();
        List<Job> jobs = [.. without.SelectMany(static other => other.TakeQueue())];
        without.ForEach(ForgetIfEmpty);
        return jobs;
    }

    /// <summary>Starts the workers that are wanted and missing: first for the jobs whose turn it is.</summary>
    public void StartMissing()
    {
        if (node.Turns is null)
        {
            standard.Starts.StartMissing();
            return;
        }

        while (node.Turns.NextInNeed(Stopwatch.GetTimestamp()) is { } next && next.Starts.TryStartOne())
        {
        }

        foreach (var group in node.Turns.Shares.Waiting.Cast<WorkerGroup>())
            group.Starts.StartMissing();
        foreach (var group in profiles.Values)
            group.Starts.StartMissing();
    }

    /// <inheritdoc cref="GroupTurns.EndSurplus"/>
    public void EndSurplus(WorkerGroup group) => node.Turns?.EndSurplus(group);

    /// <summary>Gives waiting jobs to idle workers.</summary>
    /// <returns>The requests to send.</returns>
    public List<(IWorkerProcess Process, Job Job)>? AssignWaiting()
    {
        if (node.Turns is null)
            return standard.Assignment.AssignWaiting();
        List<(IWorkerProcess, Job)>? sends = null;
        while (Totals.Busy < Totals.MaxBusy && node.Turns.NextWithIdle()?.Assignment.AssignFirst() is { } send)
            (sends ??= []).Add(send);
        return sends;
    }

    /// <summary>
    /// Called when a worker has no job left. Jobs of other groups may have waited for its place.
    /// </summary>
    public List<(IWorkerProcess Process, Job Job)>? PlaceIsFree()
        => node.Turns is null || Totals.Queued == 0 ? null : ServeWaiting();

    /// <summary>Starts the workers that are missing, and gives waiting jobs to idle ones.</summary>
    /// <returns>The requests to send.</returns>
    public List<(IWorkerProcess Process, Job Job)>? ServeWaiting()
    {
        StartMissing();
        return AssignWaiting();
    }
}
