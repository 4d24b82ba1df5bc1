using Handler.Hosting;
using Microsoft.Extensions.Configuration;

namespace Handler.Tests.Hosting;

/// <summary>What an error proposes for a key that is no option of its section.</summary>
public sealed class OptionPlacesTests
{
    private static readonly string[] Known = ["MaxWorkers", "Pools"];

    private readonly OptionPlaces places = new(
    [
        ("Handler", Known),
        ("Handler:DefaultLimits", ["Timeout"]),
        ("Handler:Client", ["Timeout", "Retries"]),
        ("Handler:Pools:NAME", ["Parent"]),
    ]);

    [Theory]
    [InlineData("Timeout", "did you mean Handler:DefaultLimits:Timeout or Handler:Client:Timeout?")]
    [InlineData("RETRIES", "did you mean Handler:Client:Retries?")]
    [InlineData("MaxWorker", "did you mean MaxWorkers?")]
    [InlineData("Retrie", "did you mean Handler:Client:Retries?")]
    [InlineData("delegateTo", "did you mean Handler:Pools:NAME:Parent?")]
    [InlineData("Pool", "did you mean Pools?")]
    [InlineData("Elephants", "known are MaxWorkers, Pools.")]
    public void An_error_points_to_what_was_meant(string key, string remedy)
        => Assert.Equal($"Handler:{key} is unknown; {remedy}", places.Unknown(Section("Handler"), key, Known));

    [Fact]
    public void The_section_itself_is_not_another_place()
        => Assert.Equal(
            "handler:client:Timeout is unknown; did you mean Handler:DefaultLimits:Timeout?",
            places.Unknown(Section("handler:client"), "Timeout", ["Retries"]));

    [Fact]
    public void An_option_of_this_name_elsewhere_comes_before_a_similar_one_here()
        => Assert.EndsWith("did you mean Handler:Client:Retries?", places.Unknown(Section("Handler"), "Retries", ["Retrie"]));

    [Fact]
    public void A_section_whose_name_is_the_plural_comes_first()
    {
        var both = new OptionPlaces([("Handler:Pools:NAME", ["Profile"])]);
        Assert.EndsWith(
            "did you mean Profiles or Handler:Pools:NAME:Profile?", both.Unknown(Section("Handler"), "Profile", ["Pools", "Profiles"]));
    }

    [Fact]
    public void A_name_from_another_system_becomes_the_option_here_if_there_is_one()
    {
        var section = Section("Handler:Pools:a");
        Assert.EndsWith("did you mean Parent?", places.Unknown(section, "DelegateTo", ["Parent", "Selector"]));
        Assert.EndsWith("did you mean Selector?", places.Unknown(section, "DelegateFun", ["Parent", "Selector"]));
    }

    [Fact]
    public void A_name_from_another_system_for_an_option_that_does_not_exist_gets_the_known_ones()
        => Assert.EndsWith("known are MaxWorkers, Pools.", places.Unknown(Section("Handler"), "DelegateFunConfig", Known));

    private static IConfigurationSection Section(string path) => new ConfigurationBuilder().Build().GetSection(path);
}
