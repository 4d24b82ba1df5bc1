using Handler.Nodes;
using Handler.Wire;

namespace Handler.Tests.Nodes;

/// <summary>Which options an outcome names for what was refused.</summary>
public sealed class RefusingOptionsTests
{
    [Theory]
    [InlineData((int)RefusedCall.None, null)]
    [InlineData((int)RefusedCall.NewProcess, "DenyProcesses")]
    [InlineData((int)RefusedCall.OtherProcess, "IsolateProcesses, DenyRareSystemCalls")]
    [InlineData((int)RefusedCall.Socket, "DenyNetwork, DenyUnixSockets")]
    [InlineData((int)RefusedCall.File, "RestrictReads, RestrictWrites")]
    [InlineData((int)RefusedCall.ProcessFile, "RestrictWrites, IsolateProcesses")]
    [InlineData((int)RefusedCall.FileAttributes, "DenyFileAttributes")]
    [InlineData((int)RefusedCall.FileWatching, "DenyFileWatching")]
    [InlineData((int)RefusedCall.Descriptor, "MaxOpenFiles")]
    public void All_options_that_are_set_are_named(int refused, string? options)
        => Assert.Equal(options, RefusingOptions.Of(new HardeningOptions().UseStrict(), (RefusedCall)refused));

    [Theory]
    [InlineData((int)RefusedCall.NewProcess)]
    [InlineData((int)RefusedCall.OtherProcess)]
    [InlineData((int)RefusedCall.Socket)]
    [InlineData((int)RefusedCall.File)]
    [InlineData((int)RefusedCall.ProcessFile)]
    [InlineData((int)RefusedCall.FileAttributes)]
    [InlineData((int)RefusedCall.FileWatching)]
    [InlineData((int)RefusedCall.Descriptor)]
    [InlineData((int)RefusedCall.Task)]
    public void An_option_that_is_not_set_is_not_named(int refused)
        => Assert.Null(RefusingOptions.Of(new HardeningOptions { MaxOpenFiles = null }, (RefusedCall)refused));

    [Fact]
    public void A_limit_of_tasks_is_named()
        => Assert.Equal("MaxTasks", RefusingOptions.Of(new HardeningOptions { MaxTasks = 50 }, RefusedCall.Task));

    [Fact]
    public void Only_the_option_that_is_set_is_named()
        => Assert.Equal("RestrictWrites", RefusingOptions.Of(new HardeningOptions { RestrictWrites = true }, RefusedCall.File));

    [Fact]
    public void The_options_with_a_filter_of_system_calls_are_named()
    {
        Assert.Null(new HardeningOptions { RestrictReads = true }.Filters);
        Assert.Equal(
            "DenyNetwork, DenyUnixSockets, DenyProcesses, DenyRareSystemCalls, DenyFileAttributes, DenyFileWatching",
            new HardeningOptions().UseStrict().Filters);
    }
}
