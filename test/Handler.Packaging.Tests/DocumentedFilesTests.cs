using System.Text.RegularExpressions;

namespace Handler.Packaging.Tests;

/// <summary>The docs lead a reader to files of the source code. A file that was renamed or moved would end that path.</summary>
public sealed partial class DocumentedFilesTests
{
    private static readonly string Repository = ConsumerFolder.Repository;

    [Fact]
    public void Each_source_file_that_the_docs_name_exists_where_they_say()
    {
        var docs = Directory.EnumerateFiles(Path.Combine(Repository, "docs"), "*.md", SearchOption.AllDirectories)
            .Append(Path.Combine(Repository, "README.md"))
            .Append(Path.Combine(Repository, "CONTRIBUTING.md"));
        var sources = new[] { "src", "test", "samples", "bench" }
            .SelectMany(static folder => Directory.EnumerateFiles(Path.Combine(Repository, folder), "*.cs", SearchOption.AllDirectories))
            .Select(static file => "/" + Path.GetRelativePath(Repository, file))
            .ToList();
        var missing = docs.SelectMany(static doc =>
                FilePattern().Matches(File.ReadAllText(doc)).Select(match => (Doc: Path.GetFileName(doc), File: match.Value)))
            .Where(named =>
                !sources.Exists(source =>
                    source.EndsWith("/" + named.File, StringComparison.Ordinal)
                    || source.EndsWith("/Handler." + named.File, StringComparison.Ordinal)))
            .Distinct();
        Assert.Empty(missing);
    }

    // "Core/Nodes/Node.cs" is short for "src/Handler.Core/Nodes/Node.cs".
    [GeneratedRegex(@"\w[\w./]*\.cs\b")]
    private static partial Regex FilePattern();
}
