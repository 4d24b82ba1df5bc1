using Handler.Pools;

namespace Handler.Simulation;

/// <summary>One call that a caller makes.</summary>
internal sealed class SimCall
{
    public required int Number { get; init; }

    public required AdmissionRequest Request { get; init; }

    public required TimeSpan Duration { get; init; }

    public required TimeSpan? CancelAfter { get; init; }

    public TimeSpan StartedAt { get; set; }

    public int Outcomes { get; set; }

    public int Starts { get; set; }

    public Lease? Lease { get; set; }

    public bool HasEnded { get; set; }

    /// <summary>Its node was declared dead, and the caller was told. Anything that node says later is ignored.</summary>
    public bool IsGivenUp { get; set; }

    /// <summary>The time within which the call must have an outcome.</summary>
    public TimeSpan Bound => Request.PoolTimeout + Request.Wait + Duration + Cluster.Timings.ReleaseTimeout + Cluster.Grace;

    public override string ToString() => $"call {Number}";
}
