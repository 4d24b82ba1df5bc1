using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Application.Tests;

/// <summary>Outcomes and failures survive System.Text.Json, with metadata by reflection and with generated metadata.</summary>
public sealed class JsonTests
{
    private static readonly JobUsage Usage = new() { WorkerPid = 42, RunTime = TimeSpan.FromMilliseconds(1.5), AttemptId = 7 };
    private static readonly JobOutput Output = new("out", "err", true);
    private static readonly Invoice Invoice = new("acme", 12.5m);

    private static readonly JsonSerializerOptions Generated = ApplicationJson.Default.Options;

    private static readonly JsonSerializerOptions GeneratedForWeb
        = new(JsonSerializerDefaults.Web) { TypeInfoResolver = ApplicationJson.Default };

    private static readonly JsonSerializerOptions Strict = new(JsonSerializerDefaults.Web)
    {
        TypeInfoResolver = ApplicationJson.Default,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    public static TheoryData<JsonSerializerOptions> AllOptions
        => [JsonSerializerOptions.Default, JsonSerializerOptions.Web, Generated, GeneratedForWeb, Strict];

    [Theory]
    [MemberData(nameof(AllOptions))]
    public void An_outcome_survives_with_its_kind_and_value(JsonSerializerOptions options)
    {
        var outcome = JobOutcome.FromValue(Invoice) with { Usage = Usage, Output = Output };
        Assert.Equal(outcome, RoundTrip(outcome, options));
        Assert.Equal(JobOutcome.FromValue(42), RoundTrip(JobOutcome.FromValue(42), options));
        Assert.Equal(new JobOutcome { Usage = Usage }, RoundTrip(new JobOutcome { Usage = Usage }, options));
    }

    [Theory]
    [MemberData(nameof(AllOptions))]
    public void Every_failure_survives_alone_and_in_an_outcome(JsonSerializerOptions options)
    {
        foreach (var failure in OutcomeTests.AllFailures)
        {
            Assert.Equal(failure, RoundTrip(failure, options));
            Assert.Equal(new JobOutcome(failure), RoundTrip(new JobOutcome(failure) { Usage = null }, options));
            var outcome = JobOutcome.FromFailure<Invoice>(failure) with { Usage = Usage, Output = Output };
            Assert.Equal(outcome, RoundTrip(outcome, options));
        }
    }

    [Theory]
    [MemberData(nameof(AllOptions))]
    public void Outcomes_and_failures_survive_as_properties(JsonSerializerOptions options)
    {
        foreach (var failure in OutcomeTests.AllFailures)
        {
            var reject = failure is JobRejected rejected ? rejected with { } : null;
            var pages = JobOutcome.FromFailure<int>(failure);
            var report = new Report("title", JobOutcome.FromValue(Invoice), pages, new JobOutcome(), failure, reject);
            Assert.Equal(report, RoundTrip(report, options));
        }

        var unsent = new JobOutcome(new JobLost("reason"));
        var rest = new Report("title", JobOutcome.FromValue(Invoice), JobOutcome.FromValue(3), unsent, null, null);
        Assert.Equal(rest, RoundTrip(rest, options));
    }

    /// <summary>ASP.NET Core, for example, serializes a value by its own type.</summary>
    [Theory]
    [MemberData(nameof(AllOptions))]
    public void A_failure_seen_as_its_own_type_keeps_its_kind_and_message(JsonSerializerOptions options)
    {
        foreach (var failure in OutcomeTests.AllFailures)
        {
            var json = JsonSerializer.Serialize(failure, options);
            Assert.Equal(json, JsonSerializer.Serialize<object>(failure, WithFailures(options)));
            Assert.Equal(json, JsonSerializer.Serialize(failure, failure.GetType(), WithFailures(options)));
            Assert.Equal(failure, JsonSerializer.Deserialize(json, failure.GetType(), WithFailures(options)));
        }

        var late = new JobTimedOut(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));
        Assert.Equal(JsonSerializer.Serialize<JobFailure>(late, options), JsonSerializer.Serialize(late, WithFailures(options)));
        Assert.Equal(late, RoundTrip(late, WithFailures(options)));
    }

    [Fact]
    public void A_failure_of_another_type_is_refused()
    {
        const string Json = """{"Kind":"Lost","Reason":"x"}""";
        Assert.Equal(new JobLost("x"), JsonSerializer.Deserialize<JobLost>(Json));
        Assert.Contains("JobTimedOut", Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<JobTimedOut>(Json)).Message);
    }

    [Theory]
    [InlineData(JsonIgnoreCondition.WhenWritingNull)]
    [InlineData(JsonIgnoreCondition.WhenWritingDefault)]
    public void What_is_left_out_may_be_missing(JsonIgnoreCondition condition)
    {
        var options = new JsonSerializerOptions(Strict) { DefaultIgnoreCondition = condition };
        JobFailure[] failures = [.. OutcomeTests.AllFailures, new JobExited(null, null, null), new JobRejected(null, default, 0, 0, 0)];
        foreach (var failure in failures)
        {
            Assert.Equal(failure, RoundTrip(failure, options));
            var outcome = JobOutcome.FromFailure<Invoice>(failure) with { Usage = Usage, Output = new JobOutput("", "", false) };
            Assert.Equal(outcome, RoundTrip(outcome, options));
        }

        Assert.Equal(
            """{"kind":"Exited","message":"Process exited with code 3","exitCode":3}""",
            JsonSerializer.Serialize<JobFailure>(new JobExited(3, null, null), options));
    }

    [Fact]
    public void References_that_are_preserved_elsewhere_do_not_disturb_outcomes_and_failures()
    {
        var options = new JsonSerializerOptions(Strict) { ReferenceHandler = ReferenceHandler.Preserve };
        JobFailure failure = new JobLost("reason");
        Assert.Equal(failure, RoundTrip(failure, options));
        var outcome = JobOutcome.FromFailure<Invoice>(failure) with { Usage = Usage, Output = Output };
        Assert.Equal(outcome, RoundTrip(outcome, options));
    }

    [Fact]
    public void A_failure_is_written_with_its_kind_and_message_under_the_names_of_the_policy()
    {
        JobFailure failure = new JobExited(3, null, null);
        const string Json = """{"kind":"Exited","message":"Process exited with code 3","exitCode":3,"signal":null,"reason":null}""";
        Assert.Equal(Json, JsonSerializer.Serialize(failure, JsonSerializerOptions.Web));
        Assert.Equal(Json, JsonSerializer.Serialize(failure, GeneratedForWeb));
        Assert.Equal(
            """{"Kind":"Exited","Message":"Process exited with code 3","ExitCode":3,"Signal":null,"Reason":null}""",
            JsonSerializer.Serialize(failure, ApplicationJson.Default.JobFailure));
        Assert.Equal(
            """{"kind":"Exited","message":"Process exited with code 3","failure":{"exitCode":3,"signal":null,"reason":null}}""",
            JsonSerializer.Serialize(new JobOutcome(failure), GeneratedForWeb));
    }

    [Fact]
    public void The_kind_of_a_failure_may_come_last()
        => Assert.Equal(new JobLost("x"), JsonSerializer.Deserialize<JobFailure>("""{"Reason":"x","Kind":"Lost"}"""));

    [Theory]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"Kind":"Completed"}""")]
    [InlineData("""{"Kind":"Unheard of"}""")]
    [InlineData("""{"Kind":99}""")]
    [InlineData("""{"Kind":"Lost"}""")]
    [InlineData("""{"Kind":"Lost","Reason":null}""")]
    public void JSON_that_is_not_a_failure_is_refused(string json)
    {
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<JobFailure>(json));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize(json, ApplicationJson.Default.JobFailure));
    }

    [Fact]
    public void A_value_whose_type_the_context_lacks_is_refused_and_named()
    {
        var options = new JsonSerializerOptions { TypeInfoResolver = new OnlyOutcomesJson() };
        var refused = Assert.Throws<NotSupportedException>(() => JsonSerializer.Serialize(JobOutcome.FromValue(Invoice), options));
        Assert.Contains(typeof(Invoice).FullName!, refused.Message);
        Assert.Equal(JobOutcome.FromValue("x"), RoundTrip(JobOutcome.FromValue("x"), options));
    }

    /// <summary>The same options, and the types of failures for a context that does not have them.</summary>
    private static JsonSerializerOptions WithFailures(JsonSerializerOptions options)
        => new(options) { TypeInfoResolver = JsonTypeInfoResolver.Combine(options.TypeInfoResolver, FailuresJson.Default) };

    private static T? RoundTrip<T>(T value, JsonSerializerOptions options)
        => JsonSerializer.Deserialize<T>(JsonSerializer.Serialize(value, options), options);
}
