using Handler.Guard;

namespace Handler.Tests.Guard;

/// <summary>
/// Fields of the runtime that show what a job left behind. If a new runtime renames one, the worker sees less, and these tests
/// name the field.
/// </summary>
public sealed class RuntimeKnowledgeTests
{
    [Fact]
    public void This_runtimes_timers_can_be_told_apart() => Assert.True(LeftTimers.CanTell);

    [Fact]
    public void This_runtimes_threads_can_be_counted() => Assert.Empty(LeftThreads.Unknown());

    [Fact]
    public void This_runtimes_handlers_are_all_found() => Assert.Empty(LeftHandlers.Unknown());

    [Fact]
    public void This_runtimes_load_contexts_are_all_found() => Assert.Empty(LeftAtExit.Unknown());

    [Fact]
    public void This_runtimes_diagnostic_listeners_are_all_found() => Assert.Empty(LeftListeners.Unknown());

    [Fact]
    public void This_runtimes_console_can_be_put_back() => Assert.Empty(ConsoleState.Unknown());

    [Fact]
    public void This_runtimes_cached_settings_can_be_put_back() => Assert.Empty(CachedSettings.Unknown());

    [Fact]
    public void This_runtimes_AppContext_values_can_be_listed() => Assert.NotNull(Surroundings.Data());
}
