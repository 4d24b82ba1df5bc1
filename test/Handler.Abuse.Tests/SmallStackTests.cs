using Handler.Abuse;

namespace Handler.Tests;

public sealed class SmallStackTests
{
    [Theory]
    [InlineData(null)]
    [InlineData(256 << 10)]
    public async Task A_value_of_any_depth_is_sent_or_refused_on_a_thread_with_a_small_stack(int? stackOfAll)
    {
        var lines = await SpecialHost.RunAsync<SmallStack>(new Surroundings { StackBytes = stackOfAll });
        Assert.Collection(
            lines,
            line => Assert.Equal("31 lists: Completed", line),
            line => Refused("60 lists", "nested deeper than 64 levels", line),
            line => Refused("10000 lists", "nested deeper than 64 levels", line),
            line => Assert.Equal("20 trees: Completed", line),
            line => Refused("60 trees", "nested deeper than 64 levels", line),
            line => Refused("broken", "no value", line),
            line => Assert.Equal("16 functions: 16", line),
            line => Refused("10000 functions", "nested too deep for the stack", line),
            line => Assert.Equal("result: 1", line),
            line => Assert.Contains("nested deeper than 64 levels", line));
    }

    [Fact]
    public async Task A_start_fails_with_the_reason_if_the_stack_limit_is_too_small()
    {
        var lines = await SpecialHost.RunAsync<JobSurroundings>(new Surroundings { StackBytes = 128 << 10 }, "start");
        Assert.Contains(lines, line =>
            line.Contains("The stack limit is 131072 bytes (RLIMIT_STACK, ulimit -s); jobs need at least 262144."));
    }

    private static void Refused(string what, string reason, string line)
    {
        Assert.StartsWith(what + ": refused: ", line);
        Assert.Contains(reason, line);
    }
}
