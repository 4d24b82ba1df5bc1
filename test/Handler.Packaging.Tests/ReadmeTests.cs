using System.Text.RegularExpressions;

namespace Handler.Packaging.Tests;

public sealed partial class ReadmeTests
{
    [Fact]
    public void The_code_in_the_readme_is_the_code_of_the_snippets()
    {
        var regions = Directory.EnumerateFiles(Path.Combine(ConsumerFolder.Repository, "samples", "Handler.Snippets"), "*Snippets.cs")
            .SelectMany(file => RegionPattern().Matches(File.ReadAllText(file)))
            .ToDictionary(match => match.Groups["name"].Value, match => Unindent(match.Groups["code"].Value));
        var blocks = BlockPattern().Matches(File.ReadAllText(Path.Combine(ConsumerFolder.Repository, "README.md")));

        Assert.NotEmpty(blocks);
        Assert.All(blocks, block =>
        {
            var name = block.Groups["name"].Value;
            Assert.True(regions.ContainsKey(name), $"A C# block of README.md names no snippet (it must follow <!-- snippet: name -->): {block.Value}");
            Assert.Equal(regions[name], block.Groups["code"].Value.TrimEnd());
        });
    }

    private static string Unindent(string code)
    {
        var lines = code.TrimEnd().Split('\n');
        var indent = lines.Where(line => line.Length > 0).Min(line => line.Length - line.TrimStart().Length);
        return string.Join('\n', lines.Select(line => line.Length > 0 ? line[indent..] : line));
    }

    [GeneratedRegex(@"#region (?<name>[\w-]+)\n(?<code>.*?)\n\s*#endregion", RegexOptions.Singleline)]
    private static partial Regex RegionPattern();

    [GeneratedRegex(@"(<!-- snippet: (?<name>[\w-]+) -->\n)?```csharp\n(?<code>.*?)```", RegexOptions.Singleline)]
    private static partial Regex BlockPattern();
}
