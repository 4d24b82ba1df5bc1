using System.Text.Json;
using System.Text.Json.Serialization;

namespace Handler;

/// <summary>The properties of each type of failure in JSON. The kind and the message are written by others.</summary>
internal static class FailureParts
{
    /// <summary>Writes the failure's own properties into the open object.</summary>
    public static void Write(Utf8JsonWriter writer, JobFailure failure, JsonSerializerOptions options)
    {
        switch (failure)
        {
            case JobFailed failed:
                Part(nameof(failed.ExceptionType), failed.ExceptionType);
                Part(nameof(failed.ExceptionMessage), failed.ExceptionMessage);
                Part(nameof(failed.ExceptionText), failed.ExceptionText);
                Part(nameof(failed.Hardening), failed.Hardening);
                break;
            case JobTimedOut late:
                Part(nameof(late.Limit), late.Limit);
                Part(nameof(late.Elapsed), late.Elapsed);
                Part(nameof(late.Clock), late.Clock);
                break;
            case JobOutOfMemory memory:
                Part(nameof(memory.LimitBytes), memory.LimitBytes);
                Part(nameof(memory.PeakBytes), memory.PeakBytes);
                Part(nameof(memory.Source), memory.Source);
                Part(nameof(memory.IsDefaultLimit), memory.IsDefaultLimit);
                break;
            case JobLimitExceeded exceeded:
                Part(nameof(exceeded.Limit), exceeded.Limit);
                Part(nameof(exceeded.LimitValue), exceeded.LimitValue);
                Part(nameof(exceeded.Measured), exceeded.Measured);
                Part(nameof(exceeded.Enforcer), exceeded.Enforcer);
                break;
            case JobExited exited:
                Part(nameof(exited.ExitCode), exited.ExitCode);
                Part(nameof(exited.Signal), exited.Signal);
                Part(nameof(exited.Reason), exited.Reason);
                break;
            case JobKilled killed:
                Part(nameof(killed.Cause), killed.Cause);
                Part(nameof(killed.Reason), killed.Reason);
                break;
            case JobLost lost:
                Part(nameof(lost.Reason), lost.Reason);
                break;
            case JobRejected rejected:
                Part(nameof(rejected.Pool), rejected.Pool);
                Part(nameof(rejected.Reason), rejected.Reason);
                Part(nameof(rejected.Requested), rejected.Requested);
                Part(nameof(rejected.Used), rejected.Used);
                Part(nameof(rejected.Limit), rejected.Limit);
                Part(nameof(rejected.Waiting), rejected.Waiting);
                Part(nameof(rejected.Kept), rejected.Kept);
                Part(nameof(rejected.KeptFor), rejected.KeptFor);
                Part(nameof(rejected.Detail), rejected.Detail);
                break;
            default:
                throw new NotSupportedException($"{failure.GetType()} is not a known failure.");
        }

        void Part<T>(string property, T value)
        {
            if (!IsLeftOut(value, options))
                OutcomeJson.Write(writer, property, value, options);
        }
    }

    /// <summary>The failure of this kind whose own properties are in the object.</summary>
    public static JobFailure Read(JobOutcomeKind kind, JsonElement json, JsonSerializerOptions options)
    {
        return kind switch
        {
            JobOutcomeKind.Failed => new JobFailed(
                Text(nameof(JobFailed.ExceptionType)), Text(nameof(JobFailed.ExceptionMessage)), Text(nameof(JobFailed.ExceptionText)))
            {
                Hardening = Part<string>(nameof(JobFailed.Hardening)),
            },
            JobOutcomeKind.TimedOut => new JobTimedOut(
                Part<TimeSpan>(nameof(JobTimedOut.Limit)), Part<TimeSpan>(nameof(JobTimedOut.Elapsed)))
            {
                Clock = Part<TimeLimitClock>(nameof(JobTimedOut.Clock)),
            },
            JobOutcomeKind.OutOfMemory => new JobOutOfMemory(
                Part<long>(nameof(JobOutOfMemory.LimitBytes)),
                Part<long>(nameof(JobOutOfMemory.PeakBytes)),
                Part<MemoryLimitSource>(nameof(JobOutOfMemory.Source)))
            {
                IsDefaultLimit = Part<bool>(nameof(JobOutOfMemory.IsDefaultLimit)),
            },
            JobOutcomeKind.LimitExceeded => new JobLimitExceeded(
                Part<CountedLimit>(nameof(JobLimitExceeded.Limit)),
                Part<long>(nameof(JobLimitExceeded.LimitValue)),
                Part<long>(nameof(JobLimitExceeded.Measured)),
                Part<LimitEnforcer>(nameof(JobLimitExceeded.Enforcer))),
            JobOutcomeKind.Exited => new JobExited(
                Part<int?>(nameof(JobExited.ExitCode)), Part<int?>(nameof(JobExited.Signal)), Part<string>(nameof(JobExited.Reason))),
            JobOutcomeKind.Killed => new JobKilled(Part<KillCause>(nameof(JobKilled.Cause)), Text(nameof(JobKilled.Reason))),
            JobOutcomeKind.Lost => new JobLost(Text(nameof(JobLost.Reason))),
            JobOutcomeKind.Rejected => new JobRejected(
                Part<string>(nameof(JobRejected.Pool)),
                Part<RejectReason>(nameof(JobRejected.Reason)),
                Part<long>(nameof(JobRejected.Requested)),
                Part<long>(nameof(JobRejected.Used)),
                Part<long>(nameof(JobRejected.Limit)))
            {
                Waiting = Part<int>(nameof(JobRejected.Waiting)),
                Kept = Part<long>(nameof(JobRejected.Kept)),
                KeptFor = Part<string>(nameof(JobRejected.KeptFor)),
                Detail = Part<string>(nameof(JobRejected.Detail)),
            },
            _ => throw new JsonException($"{kind} is not a kind of failure."),
        };

        T? Part<T>(string property) => OutcomeJson.Read<T>(json, property, options);

        string Text(string property) => Part<string>(property) ?? throw new JsonException($"A failure of kind {kind} has no {property}.");
    }

    /// <summary>Whether the application leaves out properties with this value.</summary>
    private static bool IsLeftOut<T>(T value, JsonSerializerOptions options) => options.DefaultIgnoreCondition switch
    {
        JsonIgnoreCondition.WhenWritingNull => value is null,
        JsonIgnoreCondition.WhenWritingDefault => EqualityComparer<T>.Default.Equals(value, default),
        _ => false,
    };
}
