using Handler.Guard;
using static Handler.WorkerTuning.Guard;

namespace Handler.Tests.Guard;

/// <summary>What the memory guard decides at the bounds of its rules. The guard itself needs a process: see MemoryLimitTests.</summary>
public sealed class MemoryRulesTests
{
    private const long Megabyte = 1 << 20;
    private const long Limit = 64 * Megabyte;

    [Theory]
    [InlineData(Limit / DriftParts, Limit, 0, false)]
    [InlineData((Limit / DriftParts) + 1, Limit, 0, true)]
    [InlineData(Limit / DriftParts, 0, Limit, false)] // the larger of the two decides
    [InlineData((Limit / DriftParts) + 1, 0, Limit, true)]
    public void The_live_heap_is_measured_again_after_a_small_part_of_the_limit_was_allocated(
        long allocated, long limit, long live, bool hasDrifted)
        => Assert.Equal(hasDrifted, MemoryRules.HasDrifted(allocated, limit, live));

    [Theory]
    [InlineData(ProgramPages + (100 * Megabyte), 0, 40 * Megabyte, 100 * Megabyte)]
    [InlineData(ProgramPages + (100 * Megabyte), ManyFilePages, 40 * Megabyte, 100 * Megabyte)]
    [InlineData(ProgramPages + (100 * Megabyte), ManyFilePages + 1, 40 * Megabyte, 0)] // it has mapped large files
    [InlineData(ProgramPages + (100 * Megabyte), 0, 100 * Megabyte, 0)] // that may be the worker's own size
    public void The_record_of_an_ended_process_tells_what_it_held_if_nothing_else_explains_it(
        long peak, long filePages, long own, long expected)
        => Assert.Equal(expected, MemoryRules.HeldByEnded(peak, filePages, own));

    [Fact]
    public void A_function_that_has_allocated_no_more_than_its_limit_cannot_hold_more()
    {
        Assert.False(MemoryRules.MayExceedAtEnd(Limit, long.MaxValue, Limit));
        Assert.False(MemoryRules.MayExceedAtEnd(SmallLimit - 1, long.MaxValue, SmallLimit - 1));
    }

    [Fact]
    public void A_function_that_has_allocated_more_is_measured_if_the_heap_has_grown_by_almost_the_limit()
    {
        var almost = Limit - (Limit / DriftParts);
        Assert.False(MemoryRules.MayExceedAtEnd(Limit + 1, almost, Limit));
        Assert.True(MemoryRules.MayExceedAtEnd(Limit + 1, almost + 1, Limit));
    }

    [Fact]
    public void With_a_small_limit_it_is_measured_however_little_the_heap_has_grown()
    {
        Assert.True(MemoryRules.MayExceedAtEnd(SmallLimit, 0, SmallLimit - 1));
        Assert.False(MemoryRules.MayExceedAtEnd(SmallLimit + 1, 0, SmallLimit));
    }

    [Fact]
    public void An_exception_may_take_a_megabyte_more_than_the_limit()
    {
        Assert.False(MemoryRules.MayExceedAtFailure(Limit + Megabyte, Limit));
        Assert.True(MemoryRules.MayExceedAtFailure(Limit + Megabyte + 1, Limit));
    }

    [Theory]
    [InlineData(Limit, Limit / 4)]
    [InlineData(4 * Megabyte, 2 * Megabyte)]
    public void The_next_full_collection_must_be_earned_by_allocations(long limit, long least)
    {
        Assert.False(MemoryRules.MayConfirmAgain(least - 1, limit));
        Assert.True(MemoryRules.MayConfirmAgain(least, limit));
    }

    [Fact]
    public void Reading_and_writing_have_room_of_their_own_and_the_function_has_none()
    {
        Assert.Equal(OwnMemory + (PerByteRead * 5), MemoryRules.ResidentRoom(JobPhase.Reading, 5, 7));
        Assert.Equal(OwnMemory + (PerByteWritten * 7), MemoryRules.ResidentRoom(JobPhase.Writing, 5, 7));
        Assert.Equal(0, MemoryRules.ResidentRoom(JobPhase.Running, 5, 7));
    }

    [Theory]
    [InlineData(-1, 1_000_000)] // beyond the limit: a full collection decides
    [InlineData(4_000_000, 1_000_000)]
    [InlineData(12_000_000, 3_000_000)]
    [InlineData(20_000_000, 5_000_000)]
    [InlineData(long.MaxValue, 5_000_000)]
    public void A_job_is_checked_the_sooner_the_closer_it_is_to_a_limit(long room, long pause)
        => Assert.Equal(pause, MemoryRules.Pause(room));

    [Fact]
    public void Committed_memory_is_released_when_it_is_much_more_than_the_job_may_use()
    {
        const long Much = Limit + (Limit / 4) + (8 * Megabyte);
        Assert.Equal((false, true), (MemoryRules.IsMuchCommitted(Much, Limit), MemoryRules.IsMuchCommitted(Much + 1, Limit)));
        const long Left = 16 * Megabyte;
        Assert.Equal(
            (false, true), (MemoryRules.IsMuchCommittedBetweenJobs(Left), MemoryRules.IsMuchCommittedBetweenJobs(Left + 1)));
    }
}
