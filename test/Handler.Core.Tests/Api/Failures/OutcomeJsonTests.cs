using System.Text.Json;

namespace Handler.Tests.Api;

/// <summary>An outcome survives System.Text.Json with its kind, value, failure, usage and output.</summary>
public sealed class OutcomeJsonTests
{
    private static readonly JobUsage Usage = new() { WorkerPid = 42, RunTime = TimeSpan.FromMilliseconds(1.5), AttemptId = 7 };
    private static readonly JobOutput Output = new("out", "err", true);

    public static TheoryData<JsonSerializerOptions> AllOptions => [JsonSerializerOptions.Default, JsonSerializerOptions.Web];

    [Theory]
    [MemberData(nameof(AllOptions))]
    public void A_value_survives_a_JSON_round_trip(JsonSerializerOptions options)
    {
        var outcome = new JobOutcome<List<int>>([1, 2]) { Usage = Usage, Output = Output };
        var back = JsonSerializer.Deserialize<JobOutcome<List<int>>>(JsonSerializer.Serialize(outcome, options), options)!;
        Assert.Equal([1, 2], back.GetValueOrThrow());
        Assert.Equal((Usage, Output, JobOutcomeKind.Completed), (back.Usage, back.Output, back.Kind));
    }

    [Theory]
    [MemberData(nameof(AllOptions))]
    public void Every_failure_survives_JSON_with_and_without_a_value_type(JsonSerializerOptions options)
    {
        foreach (var failure in OutcomeTests.Failures)
        {
            var outcome = new JobOutcome<int>(failure) { Usage = Usage };
            Assert.Equal(outcome, JsonSerializer.Deserialize<JobOutcome<int>>(JsonSerializer.Serialize(outcome, options), options));
            var action = new JobOutcome(failure) { Output = Output };
            Assert.Equal(action, JsonSerializer.Deserialize<JobOutcome>(JsonSerializer.Serialize(action, options), options));
        }
    }

    [Fact]
    public void The_JSON_of_an_outcome_starts_with_its_kind_and_contains_its_message()
    {
        Assert.Equal("""{"kind":"Completed","value":42}""", JsonSerializer.Serialize(new JobOutcome<int>(42), JsonSerializerOptions.Web));
        Assert.Equal(
            """{"kind":"Exited","message":"Process exited with code 3","failure":{"exitCode":3,"signal":null,"reason":null}}""",
            JsonSerializer.Serialize(new JobOutcome(new JobExited(3, null, null)), JsonSerializerOptions.Web));
    }

    /// <summary>The number of a name may change between versions.</summary>
    [Fact]
    public void Enumerations_are_written_as_names()
    {
        JobFailure[] failures =
        [
            new JobOutOfMemory(1, 2, MemoryLimitSource.Watchdog),
            new JobKilled(KillCause.Shutdown, "reason"),
            new JobRejected(null, RejectReason.QueueFull, 1, 2, 3),
        ];
        var json = string.Concat(failures.Select(static failure => JsonSerializer.Serialize(new JobOutcome(failure))));
        foreach (var name in (string[])["\"Source\":\"Watchdog\"", "\"Cause\":\"Shutdown\"", "\"Reason\":\"QueueFull\""])
            Assert.Contains(name, json);
    }

    [Fact]
    public void The_clock_of_a_timeout_survives_JSON_and_is_the_wall_clock_where_it_is_missing()
    {
        JobFailure late = new JobTimedOut(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2)) { Clock = TimeLimitClock.CpuTime };
        var json = JsonSerializer.Serialize(late);
        Assert.Contains("\"Clock\":\"CpuTime\"", json);
        Assert.Equal(late, JsonSerializer.Deserialize<JobFailure>(json));
        var older = JsonSerializer.Deserialize<JobFailure>(json.Replace(",\"Clock\":\"CpuTime\"", "", StringComparison.Ordinal));
        Assert.Equal(TimeLimitClock.WallClock, Assert.IsType<JobTimedOut>(older).Clock);
    }

    [Fact]
    public void A_job_killed_by_its_callers_token_is_equal_after_JSON()
    {
        using var source = new CancellationTokenSource();
        JobFailure killed = JobKilled.CallerCancelled(source.Token);
        var back = JsonSerializer.Deserialize<JobFailure>(JsonSerializer.Serialize(killed));
        Assert.Equal((killed, killed.GetHashCode()), (back, back!.GetHashCode()));
        Assert.NotEqual(killed, new JobKilled(KillCause.Shutdown, killed.Message));
        Assert.NotEqual(killed, new JobKilled(KillCause.CallerCancelled, "reason"));
        Assert.False(killed.Equals(null));
    }

    [Fact]
    public void A_null_value_survives_a_JSON_round_trip()
        => Assert.Null(
            JsonSerializer
                .Deserialize<JobOutcome<string?>>(JsonSerializer.Serialize(new JobOutcome<string?>((string?)null)))!
                .GetValueOrThrow());

    [Theory]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"Kind":"Completed"}""")]
    [InlineData("""{"Kind":"Exited"}""")]
    [InlineData("""{"Kind":"Exited","Failure":null}""")]
    [InlineData("""{"Kind":"Unheard of","Failure":{}}""")]
    [InlineData("""{"Kind":99,"Failure":{}}""")]
    public void JSON_that_is_not_an_outcome_is_refused(string json)
        => Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<JobOutcome<int>>(json));
}
