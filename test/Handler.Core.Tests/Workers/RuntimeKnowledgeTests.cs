using Handler.Guard;

namespace Handler.Tests.Workers;

/// <summary>Fields of the runtime that say what a job left behind. Where a new runtime has renamed one, the worker sees less, and these tests name it.</summary>
public sealed class RuntimeKnowledgeTests
{
    [Fact]
    public void This_runtimes_timers_can_be_told_apart() => Assert.True(LeftTimers.CanTell);

    [Fact]
    public void This_runtimes_registered_waits_can_be_counted() => Assert.True(LeftThreads.CanCountWaits);

    [Fact]
    public void This_runtimes_handlers_are_all_found() => Assert.Empty(LeftHandlers.Unknown());

    [Fact]
    public void This_runtimes_console_can_be_put_back() => Assert.Empty(ConsoleState.Unknown());

    [Fact]
    public void This_runtimes_cached_settings_can_be_put_back() => Assert.Empty(CachedSettings.Unknown());

    [Fact]
    public void This_runtimes_values_of_the_application_context_can_be_listed() => Assert.True(new Surroundings().SeesValues);
}
