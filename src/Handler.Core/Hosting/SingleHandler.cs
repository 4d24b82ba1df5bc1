using Handler.Cluster;
using Microsoft.Extensions.DependencyInjection;

namespace Handler.Hosting;

/// <summary>An application has one <see cref="IHandler"/> without a name.</summary>
internal static class SingleHandler
{
    /// <exception cref="InvalidOperationException">Both an embedded handler and one of a cluster would be that handler.</exception>
    public static void Check(IServiceCollection services)
    {
        if (Has<HostedHandler>(services) && Has<RemoteHandler>(services))
        {
            throw new InvalidOperationException(
                "services.AddHandler() adds an embedded handler, and services.AddHandlerClient() or siloBuilder.AddHandler() adds "
                + "one whose jobs run on a cluster; only one of them can be the IHandler of the application. Give the embedded one a name, "
                + "services.AddHandler(\"local\"), and inject it with [FromKeyedServices(\"local\")].");
        }
    }

    private static bool Has<TService>(IServiceCollection services)
        => services.Any(static service => !service.IsKeyedService && service.ServiceType == typeof(TService));
}
