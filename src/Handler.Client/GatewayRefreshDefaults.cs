using Handler.Infrastructure;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace Handler.Client;

/// <summary>
/// A client notices immediately when a silo's connections break. It learns that a silo is unresponsive or has joined only from the list of
/// gateways, which it reads once a minute by default. During that minute a silo that was declared dead would still get its part of the
/// calls, all of which would be lost. If the application has set another period, that one stays.
/// </summary>
internal sealed class GatewayRefreshDefaults : IConfigureOptions<GatewayOptions>
{
    private static readonly TimeSpan Usual = new GatewayOptions().GatewayListRefreshPeriod;

    public void Configure(GatewayOptions options)
    {
        if (options.GatewayListRefreshPeriod == Usual)
            options.GatewayListRefreshPeriod = Tuning.Callers.GatewayRefresh;
    }
}
