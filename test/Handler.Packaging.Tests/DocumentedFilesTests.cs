using System.Text.RegularExpressions;

namespace Handler.Packaging.Tests;

/// <summary>The docs lead a reader to files of the source code. A file that was renamed or moved would end that path.</summary>
public sealed partial class DocumentedFilesTests
{
    [Fact]
    public async Task Each_source_file_that_the_docs_name_exists_where_they_say()
    {
        var sources = (await TrackedFiles.ListAsync("*.cs")).ConvertAll(static file => "/" + file);
        var named = (await TrackedFiles.ListAsync("*.md")).SelectMany(static doc => FilePattern()
            .Matches(File.ReadAllText(Path.Combine(ConsumerFolder.Repository, doc)))
            .Select(match => (Doc: doc, File: match.Value)))
            .ToList();
        Assert.NotEmpty(named);
        Assert.Empty(named
            .Where(name => !sources.Exists(source => source.EndsWith("/" + name.File, StringComparison.Ordinal)
                || source.EndsWith("/Handler." + name.File, StringComparison.Ordinal)))
            .Distinct());
    }

    // "Core/Nodes/Node.cs" is short for "src/Handler.Core/Nodes/Node.cs".
    [GeneratedRegex(@"\w[\w./]*\.cs\b")]
    private static partial Regex FilePattern();
}
