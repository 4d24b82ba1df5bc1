using Handler.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.Primitives;

namespace Handler.Tests.Hosting;

/// <summary>What the sources of a configuration tell about a section.</summary>
public sealed class SectionSourcesTests
{
    [Fact]
    public void A_key_is_spelled_as_its_source_spells_it()
    {
        var section = Built(Source("Handler:maxWORKERS")).GetSection("Handler");
        Assert.Equal("maxWORKERS", SectionSources.Spelling(section, "Handler", "MaxWorkers"));
        Assert.Equal("Handler", SectionSources.Spelling(section, null, "HANDLER"));
        Assert.Null(SectionSources.Spelling(section, "Handler", "MinWorkers"));
        Assert.Null(SectionSources.Spelling(section, "Other", "MaxWorkers"));
    }

    [Fact]
    public void The_first_source_that_has_the_key_decides()
    {
        var section = Built(Source("Handler:Other"), Source("Handler:first"), Source("Handler:FIRST")).GetSection("Handler");
        Assert.Equal("first", SectionSources.Spelling(section, "Handler", "First"));
    }

    [Fact]
    public void Of_two_spellings_in_one_source_the_one_in_lowercase_counts()
    {
        var section = Built(new TwoSpellings()).GetSection("Handler");
        Assert.Equal("key", SectionSources.Spelling(section, "Handler", "KEY"));
    }

    [Fact]
    public void A_configuration_within_a_configuration_is_searched_too()
    {
        var outer = new ConfigurationBuilder().AddConfiguration(Built(Source("Handler:inner"))).Build();
        Assert.Equal("inner", SectionSources.Spelling(outer.GetSection("Handler"), "Handler", "Inner"));
    }

    [Theory]
    [InlineData("Handler", true)]
    [InlineData("handler", true)]
    [InlineData("Handler:Empty", true)]
    [InlineData("Handler:Missing", false)]
    [InlineData("Empty", false)]
    public void An_empty_section_is_one_that_a_source_has(string path, bool exists)
        => Assert.Equal(exists, SectionSources.Have(Built(Source("Handler:Empty")).GetSection(path)));

    [Fact]
    public void The_sources_of_a_section_of_another_class_are_unknown()
    {
        var section = new OtherSection(Built(Source("Handler:key")).GetSection("Handler"));
        Assert.Null(SectionSources.Spelling(section, "Handler", "key"));
        Assert.False(SectionSources.Have(section));
    }

    private static IConfigurationRoot Built(params IConfigurationSource[] sources)
    {
        var builder = new ConfigurationBuilder();
        foreach (var source in sources)
            builder.Add(source);
        return builder.Build();
    }

    private static MemoryConfigurationSource Source(string key)
        => new() { InitialData = [new(key, null)] };

    /// <summary>A source that has a key twice.</summary>
    private sealed class TwoSpellings : ConfigurationProvider, IConfigurationSource
    {
        public IConfigurationProvider Build(IConfigurationBuilder builder) => this;

        public override IEnumerable<string> GetChildKeys(IEnumerable<string> earlierKeys, string? parentPath) => ["KEY", "key", "Key"];
    }

    /// <summary>A section that an application has wrapped.</summary>
    private sealed class OtherSection(IConfigurationSection inner) : IConfigurationSection
    {
        public string Key => inner.Key;

        public string Path => inner.Path;

        public string? Value
        {
            get => inner.Value;
            set => inner.Value = value;
        }

        public string? this[string key]
        {
            get => inner[key];
            set => inner[key] = value;
        }

        public IEnumerable<IConfigurationSection> GetChildren() => inner.GetChildren();

        public IChangeToken GetReloadToken() => inner.GetReloadToken();

        public IConfigurationSection GetSection(string key) => inner.GetSection(key);
    }
}
