namespace Handler.Client;

/// <summary>The options of the handler of a cluster: those of the client, or those of the silo if the application adds no client.</summary>
internal sealed record ClusterCaller(Func<IServiceProvider, HandlerOptionsBase> OptionsOf);
