using System.Text.RegularExpressions;

namespace Handler.Packaging.Tests;

public sealed partial class ReadmeTests
{
    private static readonly string Snippets = Path.Combine(ConsumerFolder.Repository, "samples", "Handler.Snippets");
    private static readonly string Readme = File.ReadAllText(Path.Combine(ConsumerFolder.Repository, "README.md"));

    [Fact]
    public void The_code_in_the_readme_is_the_code_of_the_snippets()
    {
        var snippets = Directory.EnumerateFiles(Snippets, "*Snippets.cs")
            .SelectMany(file => RegionPattern().Matches(File.ReadAllText(file)))
            .ToDictionary(match => match.Groups["name"].Value, match => Unindent(match.Groups["code"].Value));
        snippets.Add("appsettings.json", File.ReadAllText(Path.Combine(Snippets, "appsettings.json")).TrimEnd());
        var blocks = BlockPattern().Matches(Readme);

        Assert.NotEmpty(blocks);
        Assert.All(blocks, block =>
        {
            var name = block.Groups["name"].Value;
            Assert.True(snippets.ContainsKey(name), $"No <!-- snippet: name --> with a known name is before: {block.Value}");
            Assert.Equal(snippets[name], UsingsPattern().Replace(block.Groups["code"].Value.TrimEnd(), ""));
        });
        Assert.Equal(snippets.Keys.Order(), blocks.Select(block => block.Groups["name"].Value).Order());
    }

    /// <summary>The code of a block that is a whole program.</summary>
    internal static string ProgramOf(string snippet)
        => BlockPattern().Matches(Readme).Single(block => block.Groups["name"].Value == snippet).Groups["code"].Value;

    [Fact]
    public async Task The_snippets_run()
    {
        var output = await Command.RunAsync("dotnet", Snippets, "run", "-c", "Release", "-v", "q");
        Assert.Contains("/fibonacci/20: 6765", output, StringComparison.Ordinal);
        Assert.Contains("/fibonacci/90: 422", output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_commands_in_the_readme_exist()
    {
        var script = File.ReadAllText(Path.Combine(ConsumerFolder.Repository, "build.sh"));
        var commands = CommandPattern().Matches(Readme);
        Assert.NotEmpty(commands);
        Assert.All(commands, command => Assert.Contains($"\n    {command.Groups["name"].Value}) ", script, StringComparison.Ordinal));
    }

    [Fact]
    public void The_table_of_packages_names_each_package()
        => Assert.Equal(PackedFeed.Packages.Order(), PackagePattern().Matches(Readme).Select(match => match.Groups["name"].Value).Order());

    private static string Unindent(string code)
    {
        var lines = code.TrimEnd().Split('\n');
        var indent = lines.Where(line => line.Length > 0).Min(line => line.Length - line.TrimStart().Length);
        return string.Join('\n', lines.Select(line => line.Length > 0 ? line[indent..] : line));
    }

    [GeneratedRegex(@"#region (?<name>[\w-]+)\n(?<code>.*?)\n\s*#endregion", RegexOptions.Singleline)]
    private static partial Regex RegionPattern();

    [GeneratedRegex(@"(<!-- snippet: (?<name>[\w.-]+) -->\n)?```(csharp|json)\n(?<code>.*?)```", RegexOptions.Singleline)]
    private static partial Regex BlockPattern();

    /// <summary>What a program needs before its first statement. The snippets are in methods.</summary>
    [GeneratedRegex(@"\A(using [\w.]+;\n)+\n")]
    private static partial Regex UsingsPattern();

    [GeneratedRegex(@"\./build\.sh (?<name>\w+)")]
    private static partial Regex CommandPattern();

    [GeneratedRegex(@"^\| `(?<name>Handler\.[\w.]+)` \|", RegexOptions.Multiline)]
    private static partial Regex PackagePattern();
}
