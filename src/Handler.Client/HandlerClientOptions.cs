namespace Handler;

/// <summary>What a service that runs jobs on a cluster can set: limits of jobs that bring none, allowed assemblies, functions by name, the serializer. The silos need the same functions.</summary>
public sealed class HandlerClientOptions : CallerOptions
{
    private protected override int MostPayloadBytes => MostPayloadBytesOnCluster;

    internal override bool CallersAreElsewhere { get; set; } = true;

    /// <inheritdoc cref="CallerOptions.AddFunction"/>
    public new HandlerClientOptions AddFunction(string name, Delegate function)
    {
        base.AddFunction(name, function);
        return this;
    }
}
