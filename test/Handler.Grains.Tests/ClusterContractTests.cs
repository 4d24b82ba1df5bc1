using Handler.Contract;

namespace Handler.Grains.Tests;

/// <summary>Gives handlers of an external client to the contracts.</summary>
public sealed class ClientSource() : ClusterSource(static silos => silos.Client);

/// <summary>Gives handlers of a client within a silo to the contracts.</summary>
public sealed class SiloSource() : ClusterSource(static silos => silos.WithinSilo);

public sealed class ClientRunningTests : RunningContract<ClientSource>;

public sealed class ClientAdmissionTests : AdmissionContract<ClientSource>;

public sealed class ClientDelegationTests : DelegationContract<ClientSource>;

public sealed class ClientKillTests : KillContract<ClientSource>;

public sealed class ClientCallerTests : CallerContract<ClientSource>;

public sealed class ClientWaitingTests : WaitingContract<ClientSource>;

public sealed class ClientPoolTimeoutTests : PoolTimeoutContract<ClientSource>;

public sealed class ClientChangeTests : ChangeContract<ClientSource>;

public sealed class ClientOrphanTests : OrphanContract<ClientSource>;

public sealed class SiloRunningTests : RunningContract<SiloSource>;

public sealed class SiloAdmissionTests : AdmissionContract<SiloSource>;

public sealed class SiloDelegationTests : DelegationContract<SiloSource>;

public sealed class SiloKillTests : KillContract<SiloSource>;

public sealed class SiloCallerTests : CallerContract<SiloSource>;

public sealed class SiloWaitingTests : WaitingContract<SiloSource>;

public sealed class SiloPoolTimeoutTests : PoolTimeoutContract<SiloSource>;

public sealed class SiloChangeTests : ChangeContract<SiloSource>;

public sealed class SiloOrphanTests : OrphanContract<SiloSource>;
