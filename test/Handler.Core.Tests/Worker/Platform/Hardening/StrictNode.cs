using Handler.Platform;

namespace Handler.Tests.Platform;

/// <summary>A handler with the strict options, for all tests of a class.</summary>
public sealed class StrictNode : IAsyncLifetime
{
    private TestNode? node;

    internal TestNode Node => node!;

    public async Task InitializeAsync()
    {
        if (Landlock.WhyNot(Landlock.ForProcesses) is null)
            node = await TestNode.StartAsync(static options => options.Hardening.UseStrict());
    }

    public async Task DisposeAsync()
    {
        if (node is not null)
            await node.DisposeAsync();
    }
}
