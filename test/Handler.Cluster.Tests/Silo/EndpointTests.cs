using System.Globalization;
using System.Net;
using Handler.Shared;
using Handler.Silo;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;

namespace Handler.Cluster.Tests;

/// <summary>Where a silo without certificates listens, regardless of where its endpoints are configured.</summary>
public sealed class EndpointTests
{
    [Theory]
    [InlineData("Orleans__Endpoints__GatewayListeningEndpoint", "0.0.0.0:{0}")]
    [InlineData("Orleans__Endpoints__SiloListeningEndpoint", "[::]:{0}")]
    public async Task A_silo_without_certificates_refuses_an_Orleans_setting_that_opens_it_beyond_loopback(string variable, string value)
    {
        await using var silo = SiloProcess.Dotnet(
            [],
            [new(variable, string.Format(CultureInfo.InvariantCulture, value, FreePorts.Next()))]);
        await silo.WaitForLastLineAsync();
        var said = string.Join(Environment.NewLine, silo.Lines);
        Assert.True(silo.ExitCode == 2, $"It ended with {silo.ExitCode}: {said}");
        Assert.Contains("nothing authenticates", said);
        Assert.Contains("Orleans:Endpoints", said);
    }

    [Fact]
    public async Task A_silo_without_certificates_refuses_to_listen_beyond_loopback_even_if_code_configures_it()
    {
        foreach (var address in (IPAddress[])[IPAddress.Any, IPAddress.IPv6Any, IPAddress.Parse("::ffff:10.0.0.1")])
        {
            var gateway = SiloHost.RunAsync(["--local"], silo =>
                silo.Configure<EndpointOptions>(options => options.GatewayListeningEndpoint = new IPEndPoint(address, 21_113)));
            Assert.Equal(2, await Until.Done(gateway, "the refusal"));
        }

        Assert.Equal(
            2,
            await Until.Done(
                SiloHost.RunAsync(["--local"], static silo => silo.ConfigureEndpoints(IPAddress.Any, 21_111, 21_112)),
                "the refusal"));
        Assert.Equal(
            2,
            await Until.Done(
                SiloHost.RunAsync(["--local"], static silo =>
                    silo.Services.PostConfigureAll<EndpointOptions>(static options =>
                        options.AdvertisedIPAddress = IPAddress.Parse("10.0.0.1"))),
                "the refusal"));
    }

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("127.0.0.2", true)]
    [InlineData("::1", true)]
    [InlineData("::ffff:127.0.0.2", true)]
    [InlineData("::ffff:10.0.0.1", false)]
    [InlineData("fe80::1", false)]
    [InlineData("::", false)]
    public void Loopback_is_known_in_every_spelling(string address, bool isLoopback)
        => Assert.Equal(
            isLoopback,
            new SiloSettings().WhyNotListen([new IPEndPoint(IPAddress.Parse(address), 1)], authenticates: false) is null);
}
