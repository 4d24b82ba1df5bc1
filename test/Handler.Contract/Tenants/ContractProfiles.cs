namespace Handler.Contract;

/// <summary>The profiles that the contracts use. Silos that several tests share have all of them.</summary>
public static class ContractProfiles
{
    /// <summary>The variable by which a job sees its profile; profiles that have none are told apart by their processes.</summary>
    public const string Variable = "PROFILE";

    /// <summary>Adds the profiles.</summary>
    public static HandlerOptions AddContractProfiles(this HandlerOptions options)
        => options
            .AddProfile("other")
            .AddProfile("one", static profile => profile.WorkerEnvironment[Variable] = "one")
            .AddProfile("two", static profile => profile.WorkerEnvironment[Variable] = "two")
            .AddProfile("apart", static profile => (profile.Sharing, profile.SpareWorkers) = (WorkerSharing.Pool, 1))
            .AddProfile("once", static profile => profile.Sharing = WorkerSharing.Job)
            .AddProfile("offline", static profile => profile.Hardening.DenyNetwork = true);
}
