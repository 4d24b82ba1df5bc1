using System.Text.RegularExpressions;
using Handler.Hosting;

namespace Handler.Tests.Hosting;

/// <summary>The document of the configuration has every option.</summary>
public sealed partial class ConfigurationDocsTests
{
    [Fact]
    public void Every_option_has_a_row_in_the_configuration_docs()
    {
        var document = File.ReadAllText(Path.Combine(Solution.Folder, "docs", "configuration.md"));
        var rows = RowPattern().Matches(document).Select(match => match.Groups[1].Value).ToHashSet();
        var keys = new[]
        {
            Under("Handler", typeof(HandlerOptions)).Except(["Handler:DefaultLimits", "Handler:Recycling", "Handler:Hardening"]),
            Under("Handler:DefaultLimits", typeof(JobLimits)),
            Under("Handler:Recycling", typeof(RecyclingOptions)),
            Under("Handler:Hardening", typeof(HardeningOptions)),
            Under("Handler:Pools:NAME", typeof(PoolOptions)),
            Under("Handler:Profiles:NAME", typeof(ProfileOptions))
                .Except(["Handler:Profiles:NAME:Recycling", "Handler:Profiles:NAME:Hardening"]),
            ["Handler:WorkerEnvironment:NAME", "Handler:Pools:NAME:…", "Handler:Profiles:NAME:…"],
            ["Handler:Profiles:NAME:Recycling:…", "Handler:Profiles:NAME:Hardening:…", "Handler:Profiles:NAME:WorkerEnvironment:NAME"],
        };
        Assert.All(keys.SelectMany(static each => each), key => Assert.Contains(key, rows));
    }

    private static IEnumerable<string> Under(string section, Type options)
        => ConfigurationReader.KeysOf(options).Select(key => $"{section}:{key}");

    [GeneratedRegex(@"(?m)^\| `(Handler:[^`]+)`")]
    private static partial Regex RowPattern();
}
