using Handler.Contract;

namespace Handler.Tests.Embedded;

/// <summary>Supplies embedded handlers to the contract tests.</summary>
public sealed class EmbeddedSource : IHandlerSource
{
    /// <inheritdoc/>
    public Task<IHandler> StartAsync(Action<HandlerOptions> configure) => EmbeddedHandler.StartAsync(options =>
    {
        options.MaxWorkers = 4;
        configure(options);
    });
}

public sealed class EmbeddedRunningTests : RunningContract<EmbeddedSource>;

public sealed class EmbeddedRegisteredTests : RegisteredContract<EmbeddedSource>;

public sealed class EmbeddedOptionsTests : OptionsContract<EmbeddedSource>;

public sealed class EmbeddedProfileTests : ProfileContract<EmbeddedSource>;

public sealed class EmbeddedAdmissionTests : AdmissionContract<EmbeddedSource>;

public sealed class EmbeddedDelegationTests : DelegationContract<EmbeddedSource>;

public sealed class EmbeddedKillTests : KillContract<EmbeddedSource>;

public sealed class EmbeddedCallerTests : CallerContract<EmbeddedSource>;

public sealed class EmbeddedWaitingTests : WaitingContract<EmbeddedSource>;

public sealed class EmbeddedGuaranteeTests : GuaranteeContract<EmbeddedSource>;

/// <summary>Their jobs sleep, whatever else runs, but the start of a worker would take several times as long beside other tests.</summary>
[Collection(Alone.Name)]
public sealed class EmbeddedFairShareTests : FairShareContract<EmbeddedSource>
{
    protected override int Workers => 4;
}

public sealed class EmbeddedPoolTimeoutTests : PoolTimeoutContract<EmbeddedSource>;

public sealed class EmbeddedChangeTests : ChangeContract<EmbeddedSource>;

public sealed class EmbeddedOrphanTests : OrphanContract<EmbeddedSource>;
