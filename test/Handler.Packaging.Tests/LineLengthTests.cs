using System.Globalization;
using System.Text.RegularExpressions;

namespace Handler.Packaging.Tests;

/// <summary>No line is longer than .editorconfig allows. The formatter breaks code, but neither strings and comments nor prose.</summary>
public sealed partial class LineLengthTests
{
    private static readonly string Repository = ConsumerFolder.Repository;

    [Fact]
    public async Task No_line_of_code_is_too_long() => Assert.Empty(await TooLongAsync("*.cs", static lines => lines.Index()));

    [Theory]
    [InlineData("*.csproj")]
    [InlineData("*.fsproj")]
    [InlineData("*.vbproj")]
    [InlineData("*.props")]
    [InlineData("*.targets")]
    [InlineData("*.sh")]
    [InlineData("*.fs")]
    [InlineData("*.vb")]
    public async Task No_line_of_a_project_or_script_is_too_long(string pattern)
        => Assert.Empty(await TooLongAsync(pattern, static lines => lines.Index()));

    [Fact]
    public async Task No_line_of_prose_is_too_long() => Assert.Empty(await TooLongAsync("*.md", ProseOf));

    [Fact]
    public void Tables_code_and_lines_of_one_link_or_tag_are_not_prose()
    {
        string[] lines =
        [
            "Prose with a [link](https://example.org).",
            "| table | cell |",
            "```csharp",
            "var code = 1;",
            "```",
            "[link](https://example.org)",
            "- [link](docs/pools.md)",
            "<img src=\"picture.svg\" alt=\"\">",
            "- [link](docs/pools.md): prose",
            "  ```",
            "  code",
            "  ```",
            "Prose.",
        ];
        Assert.Equal([0, 8, 12], ProseOf(lines).Select(static line => line.Number));
    }

    private static async Task<List<string>> TooLongAsync(string pattern, Func<string[], IEnumerable<(int Number, string Text)>> partOf)
    {
        var limit = ReadLimit();
        var files = await TrackedFiles.ListAsync(pattern);
        Assert.NotEmpty(files);
        return
        [
            .. from file in files
            from line in partOf(File.ReadAllLines(Path.Combine(Repository, file)))
            where line.Text.Length > limit
            select $"{file}:{line.Number + 1} has {line.Text.Length} characters; at most {limit} are allowed.",
        ];
    }

    private static int ReadLimit()
        => int.Parse(
            LimitPattern().Match(File.ReadAllText(Path.Combine(Repository, ".editorconfig"))).Groups["limit"].Value,
            CultureInfo.InvariantCulture);

    private static IEnumerable<(int Number, string Text)> ProseOf(string[] lines)
    {
        var isCode = false;
        foreach (var (number, text) in lines.Index())
        {
            var isFence = text.TrimStart().StartsWith("```", StringComparison.Ordinal);
            if (!isCode && !isFence && !UnbreakablePattern().IsMatch(text))
                yield return (number, text);
            isCode ^= isFence;
        }
    }

    [GeneratedRegex(@"^max_line_length = (?<limit>\d+)\r?$", RegexOptions.Multiline)]
    private static partial Regex LimitPattern();

    // A row of a table, or a line of one link, image or HTML tag, which may be an item of a list.
    [GeneratedRegex(@"^\||^\s*(- )?(!?\[[^\]]*\]\([^)]*\)|<[^>]*>)$")]
    private static partial Regex UnbreakablePattern();
}
