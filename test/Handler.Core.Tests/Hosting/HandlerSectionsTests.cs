using Handler.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Handler.Tests.Hosting;

/// <summary>Which section of an application's configuration the options of a handler are read from.</summary>
public sealed class HandlerSectionsTests
{
    private readonly IConfigurationRoot configuration = new ConfigurationBuilder().Build();
    private readonly ServiceCollection services = new();

    [Fact]
    public void Of_a_whole_configuration_the_usual_section_is_given()
    {
        var given = services.GiveSection<HandlerOptions>(configuration);
        Assert.Equal((typeof(HandlerOptions), "", "Handler", false), (given.Options, given.Handler, given.Section.Path, given.IsNamed));
        Assert.Equal("Mine", services.GiveSection<PoolOptions>(configuration, usual: "Mine").Section.Path);
    }

    [Fact]
    public void A_section_is_given_itself()
    {
        var section = configuration.GetSection("Some:Section");
        var given = services.GiveSection<HandlerOptions>(section, "named");
        Assert.Same(section, given.Section);
        Assert.Equal(("named", true), (given.Handler, given.IsNamed));
    }

    [Fact]
    public void Nothing_is_given_without_a_configuration()
    {
        Assert.Throws<ArgumentNullException>(() => services.GiveSection<HandlerOptions>(null!));
        Assert.Empty(services);
    }

    [Fact]
    public void Sections_are_found_by_the_options_and_the_name_of_their_handler()
    {
        services.GiveSection<HandlerOptions>(configuration.GetSection("A"));
        services.GiveSection<HandlerOptions>(configuration.GetSection("B"));
        services.GiveSection<HandlerOptions>(configuration.GetSection("C"), "named");
        services.GiveSection<PoolOptions>(configuration.GetSection("D"));
        using var built = services.BuildServiceProvider();
        Assert.Equal(["A", "B"], built.GivenSectionsOf<HandlerOptions>().Select(static section => section.Path));
        Assert.Equal(["C"], built.GivenSectionsOf<HandlerOptions>("named").Select(static section => section.Path));
        Assert.Empty(built.GivenSectionsOf<HandlerOptions>("Named"));
    }

    [Fact]
    public void Options_have_a_usual_section_unless_the_application_gives_another()
    {
        services.AddSingleton<IConfiguration>(configuration);
        services.GiveSection<PoolOptions>(configuration.GetSection("Mine"));
        using var built = services.BuildServiceProvider();
        Assert.Equal("Handler", built.UsualSectionOf<HandlerOptions>()!.Path);
        Assert.Equal("Other", built.UsualSectionOf<HandlerOptions>(usual: "Other")!.Path);
        Assert.Null(built.UsualSectionOf<PoolOptions>());
    }

    [Fact]
    public void A_handler_with_a_name_and_an_application_without_a_configuration_have_no_usual_section()
    {
        using var without = services.BuildServiceProvider();
        Assert.Null(without.UsualSectionOf<HandlerOptions>());
        services.AddSingleton<IConfiguration>(configuration);
        using var with = services.BuildServiceProvider();
        Assert.Null(with.UsualSectionOf<HandlerOptions>("named"));
    }

    [Fact]
    public void Keys_that_other_code_reads_are_kept_for_each_type_of_options()
    {
        services.AddKeysReadElsewhere<HandlerOptions>("a", "b").AddKeysReadElsewhere<HandlerOptions>("c");
        services.AddKeysReadElsewhere<PoolOptions>("d");
        using var built = services.BuildServiceProvider();
        Assert.Equal(["a", "b", "c"], built.OtherKeysOf<HandlerOptions>());
        Assert.Equal(["d"], built.OtherKeysOf<PoolOptions>());
        Assert.Empty(built.OtherKeysOf<JobLimits>());
    }
}
