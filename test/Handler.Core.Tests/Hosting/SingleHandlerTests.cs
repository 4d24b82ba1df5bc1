using Handler.Cluster;
using Handler.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Handler.Tests.Hosting;

/// <summary>Which handlers one application may have. No handler is created.</summary>
public sealed class SingleHandlerTests
{
    private readonly ServiceCollection services = [];

    [Fact]
    public void An_application_may_have_no_handler_or_one() => Assert.All<Action>(
        [
            static () => { },
            () => services.AddSingleton<HostedHandler>(),
            services.Clear,
            () => services.AddSingleton<RemoteHandler>(),
        ],
        add =>
        {
            add();
            SingleHandler.Check(services);
        });

    [Fact]
    public void An_application_has_no_two_handlers_without_a_name_whichever_was_added_first()
    {
        services.AddSingleton<HostedHandler>().AddSingleton<RemoteHandler>();
        var error = Assert.Throws<InvalidOperationException>(() => SingleHandler.Check(services)).Message;
        Assert.Contains("services.AddHandler(\"local\")", error);
        services.Clear();
        services.AddSingleton<RemoteHandler>().AddSingleton<HostedHandler>();
        Assert.Throws<InvalidOperationException>(() => SingleHandler.Check(services));
    }

    [Fact]
    public void A_handler_with_a_name_is_not_the_handler_of_the_application()
    {
        services.AddKeyedSingleton<HostedHandler>("local").AddSingleton<RemoteHandler>();
        SingleHandler.Check(services);
    }
}
