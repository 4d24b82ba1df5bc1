namespace Handler;

/// <summary>
/// Settings of an application that runs jobs on a cluster: default limits, allowed assemblies, registered functions, and the serializer.
/// The silos need the same functions.
/// </summary>
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
