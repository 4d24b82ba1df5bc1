using System.Diagnostics;
using Handler.Embedded;
using Handler.Pools;

namespace Handler.Tests.Embedded;

/// <summary>Requests of leases, as a caller makes them that can wait for the reply.</summary>
internal static class InProcessPoolsExtensions
{
    /// <summary>Requests a lease.</summary>
    public static ValueTask<Admission> AdmitAsync(
        this InProcessPools pools, in AdmissionRequest request, CancellationToken cancellationToken = default)
        => pools.Admit(request, Stopwatch.GetTimestamp(), cancellationToken, out var otherwise) is { } lease
            ? ValueTask.FromResult(new Admission(lease, null!))
            : otherwise;
}
