using Handler.Contract;

namespace Handler.Grains.Tests;

/// <summary>Provides the contracts with handlers of an external client.</summary>
public sealed class ClientSource() : ClusterSource(Shared, static silos => silos.Client)
{
    private static readonly Lazy<Task<TwoSilos>> Shared = NewShared(static options => options.AddContractProfiles());
}

/// <summary>Provides the contracts with handlers of a client within a silo.</summary>
public sealed class SiloSource() : ClusterSource(Shared, static silos => silos.WithinSilo)
{
    private static readonly Lazy<Task<TwoSilos>> Shared = NewShared();
}

/// <summary>Provides the contracts with handlers of a client of silos that soon have no room: most jobs wait for it.</summary>
public sealed class FullSource() : ClusterSource(Shared, static silos => silos.Client)
{
    private static readonly Lazy<Task<TwoSilos>> Shared = NewShared(static options => options.AddContractProfiles().MaxQueuedJobs = 4);
}

[Collection(nameof(ClientSource))]
public sealed class ClientRunningTests : RunningContract<ClientSource>;

[Collection(nameof(ClientSource))]
public sealed class ClientRegisteredTests : RegisteredContract<ClientSource>;

[Collection(nameof(ClientSource))]
public sealed class ClientOptionsTests : OptionsContract<ClientSource>;

[Collection(nameof(ClientSource))]
public sealed class ClientProfileTests : ProfileContract<ClientSource>;

[Collection(nameof(ClientSource))]
public sealed class ClientAdmissionTests : AdmissionContract<ClientSource>;

[Collection(nameof(ClientSource))]
public sealed class ClientDelegationTests : DelegationContract<ClientSource>;

[Collection(nameof(ClientSource))]
public sealed class ClientKillTests : KillContract<ClientSource>;

[Collection(nameof(ClientSource))]
public sealed class ClientCallerTests : CallerContract<ClientSource>;

[Collection(nameof(ClientSource))]
public sealed class ClientWaitingTests : WaitingContract<ClientSource>;

[Collection(nameof(ClientSource))]
public sealed class ClientGuaranteeTests : GuaranteeContract<ClientSource>;

[Collection(nameof(FullSource))]
public sealed class FullGuaranteeTests : GuaranteeContract<FullSource>;

[Collection(nameof(ClientSource))]
public sealed class ClientFairShareTests : FairShareContract<ClientSource>
{
    protected override int Workers => 8;
}

[Collection(nameof(FullSource))]
public sealed class FullFairShareTests : FairShareContract<FullSource>
{
    protected override int Workers => 8;
}

[Collection(nameof(ClientSource))]
public sealed class ClientPoolTimeoutTests : PoolTimeoutContract<ClientSource>;

[Collection(nameof(ClientSource))]
public sealed class ClientChangeTests : ChangeContract<ClientSource>;

[Collection(nameof(ClientSource))]
public sealed class ClientOrphanTests : OrphanContract<ClientSource>
{
    /// <inheritdoc/>
    protected override int JobsEach => 30;
}

[Collection(nameof(SiloSource))]
public sealed class SiloRunningTests : RunningContract<SiloSource>;

[Collection(nameof(SiloSource))]
public sealed class SiloRegisteredTests : RegisteredContract<SiloSource>;

[Collection(nameof(SiloSource))]
public sealed class SiloOptionsTests : OptionsContract<SiloSource>;

[Collection(nameof(SiloSource))]
public sealed class SiloAdmissionTests : AdmissionContract<SiloSource>;

[Collection(nameof(SiloSource))]
public sealed class SiloDelegationTests : DelegationContract<SiloSource>;

[Collection(nameof(SiloSource))]
public sealed class SiloKillTests : KillContract<SiloSource>;

[Collection(nameof(SiloSource))]
public sealed class SiloCallerTests : CallerContract<SiloSource>;

[Collection(nameof(SiloSource))]
public sealed class SiloWaitingTests : WaitingContract<SiloSource>;

[Collection(nameof(SiloSource))]
public sealed class SiloPoolTimeoutTests : PoolTimeoutContract<SiloSource>;

[Collection(nameof(SiloSource))]
public sealed class SiloChangeTests : ChangeContract<SiloSource>;

[Collection(nameof(SiloSource))]
public sealed class SiloOrphanTests : OrphanContract<SiloSource>
{
    /// <inheritdoc/>
    protected override int JobsEach => 30;
}
