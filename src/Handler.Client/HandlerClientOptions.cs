namespace Handler;

/// <summary>
/// Settings of an application that runs jobs on a cluster: default limits, allowed assemblies, registered functions, and the serializer.
/// The silos need the same functions.
/// </summary>
public sealed class HandlerClientOptions : HandlerOptionsBase
{
    /// <summary>Creates options with the default values.</summary>
    public HandlerClientOptions() => CallersAreElsewhere = true;

    /// <inheritdoc/>
    public override HandlerClientOptions UseSerializer<TSerializer>()
    {
        SerializerType = typeof(TSerializer);
        return this;
    }
}
