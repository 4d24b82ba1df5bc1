using System.Text.RegularExpressions;

namespace Handler.Packaging.Tests;

/// <summary>
/// docs/outcomes.md names a test for each cause. A row whose test was renamed or removed would promise something that no test checks.
/// </summary>
public sealed partial class OutcomeTableTests
{
    [Fact]
    public void Each_cause_in_the_table_of_outcomes_names_a_test_that_exists()
    {
        var rows = File.ReadLines(Path.Combine(ConsumerFolder.Repository, "docs", "outcomes.md"))
            .SkipWhile(line => line != "## Cause and outcome")
            .TakeWhile(line => !line.StartsWith("## ", StringComparison.Ordinal) || line == "## Cause and outcome")
            .Where(line => line.StartsWith("| ", StringComparison.Ordinal))
            .Skip(1)
            .ToList();
        Assert.NotEmpty(rows);
        var tests = Directory.EnumerateFiles(Path.Combine(ConsumerFolder.Repository, "test"), "*.cs", SearchOption.AllDirectories)
            .ToLookup(Path.GetFileNameWithoutExtension, File.ReadAllText);
        Assert.All(rows, row =>
        {
            var names = TestPattern().Matches(row.Split('|')[^2]);
            Assert.True(names.Count > 0, $"No test is named in: {row}");
            Assert.All(names, name => Assert.True(
                tests[name.Groups["class"].Value].Any(code => code.Contains($" {name.Groups["method"].Value}(", StringComparison.Ordinal)),
                $"There is no test {name.Value}."));
        });
    }

    [GeneratedRegex(@"`(?<class>\w+)\.(?<method>\w+)`")]
    private static partial Regex TestPattern();
}
