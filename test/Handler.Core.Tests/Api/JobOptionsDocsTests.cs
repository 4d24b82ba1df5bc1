using System.Text.RegularExpressions;

namespace Handler.Tests.Api;

/// <summary>The table of a job's options in docs/limits.md.</summary>
public sealed partial class JobOptionsDocsTests
{
    [Fact]
    public void Every_option_of_a_job_has_a_row()
        => Assert.Equal(
            typeof(JobOptions).GetProperties().Select(static option => option.Name).Order(StringComparer.Ordinal),
            RowPattern().Matches(File.ReadAllText(Path.Combine(Solution.Folder, "docs", "limits.md")))
                .Select(static match => match.Groups[1].Value).Order(StringComparer.Ordinal));

    [GeneratedRegex(@"(?m)^\| `JobOptions\.(\w+)` \|")]
    private static partial Regex RowPattern();
}
