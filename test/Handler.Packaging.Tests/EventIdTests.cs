using System.Text.RegularExpressions;

namespace Handler.Packaging.Tests;

/// <summary>Operators filter log lines by event id, so no two kinds of lines of the libraries may share one.</summary>
public sealed partial class EventIdTests
{
    [Fact]
    public async Task Each_log_event_has_its_own_id()
    {
        var ids = (await TrackedFiles.ListAsync("src/*.cs"))
            .SelectMany(static file => EventPattern().Matches(File.ReadAllText(Path.Combine(ConsumerFolder.Repository, file))))
            .Select(static match => match.Groups[1].Value)
            .ToList();
        Assert.NotEmpty(ids);
        Assert.Equal(ids.Count, ids.Distinct().Count());
    }

    [GeneratedRegex(@"\[LoggerMessage\(\s*(\d+),")]
    private static partial Regex EventPattern();
}
