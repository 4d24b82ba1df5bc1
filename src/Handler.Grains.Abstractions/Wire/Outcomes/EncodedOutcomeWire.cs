using Handler.Cluster;

namespace Handler.Grains.Wire;

/// <summary>
/// <see cref="EncodedOutcome"/> on the wire: a value, or a failure. The data of a failure is in the texts and numbers; their meaning
/// depends on the kind, a <see cref="JobOutcomeKind"/>.
/// </summary>
[GenerateSerializer]
[Alias("handler.EncodedOutcome")]
[Immutable]
internal struct EncodedOutcomeWire
{
    [Id(0)]
    public int Kind;

    [Id(1)]
    public ReadOnlyMemory<byte> Value;

    [Id(2)]
    public JobUsage? Usage;

    [Id(3)]
    public JobOutput? Output;

    [Id(4)]
    public string? Text;

    [Id(5)]
    public string? SecondText;

    [Id(6)]
    public string? ThirdText;

    [Id(7)]
    public int Code;

    [Id(8)]
    public long First;

    [Id(9)]
    public long Second;

    [Id(10)]
    public long Third;

    [Id(11)]
    public JobRejectedWire? Reject;

    [Id(12)]
    public int? ExitCode;

    [Id(13)]
    public int? Signal;

    [Id(14)]
    public string? FourthText;
}

[RegisterConverter]
internal sealed class EncodedOutcomeConverter : IConverter<EncodedOutcome, EncodedOutcomeWire>
{
    /// <remarks>An outcome that this version does not know must not make the other news of the same reply unreadable.</remarks>
    public EncodedOutcome ConvertFromSurrogate(in EncodedOutcomeWire wire)
    {
        try
        {
            return new(FailureOf(wire), wire.Value, wire.Usage, wire.Output);
        }
        catch (HandlerProtocolException exception)
        {
            return EncodedOutcome.Unreadable(exception);
        }
    }

    public EncodedOutcomeWire ConvertToSurrogate(in EncodedOutcome value)
    {
        var wire = value.Failure switch
        {
            null => default,
            JobFailed failed => new EncodedOutcomeWire
            {
                Text = failed.ExceptionType,
                SecondText = failed.ExceptionMessage,
                ThirdText = failed.ExceptionText,
                FourthText = failed.Hardening,
            },
            JobTimedOut late => new EncodedOutcomeWire
            {
                Code = (int)late.Clock,
                First = late.Limit.Ticks,
                Second = late.Elapsed.Ticks,
            },
            JobOutOfMemory memory => new EncodedOutcomeWire
            {
                Code = (int)memory.Source,
                First = memory.LimitBytes,
                Second = memory.PeakBytes,
                Third = memory.IsDefaultLimit ? 1 : 0,
            },
            JobLimitExceeded exceeded => new EncodedOutcomeWire
            {
                Code = (int)exceeded.Limit,
                First = exceeded.LimitValue,
                Second = exceeded.Measured,
                Third = (int)exceeded.Enforcer,
            },
            JobExited exited => new EncodedOutcomeWire { Text = exited.Reason, ExitCode = exited.ExitCode, Signal = exited.Signal },
            JobKilled killed => new EncodedOutcomeWire { Text = killed.Reason, Code = (int)killed.Cause },
            JobLost lost => new EncodedOutcomeWire { Text = lost.Reason },
            JobRejected rejected => new EncodedOutcomeWire { Reject = JobRejectedConverter.ToWire(rejected) },
            _ => throw new InvalidOperationException($"A {value.Failure.GetType().Name} cannot be sent."),
        };
        wire.Kind = (int)(value.Failure?.Kind ?? JobOutcomeKind.Completed);
        (wire.Value, wire.Usage, wire.Output) = (value.Value, value.Usage, value.Output);
        return wire;
    }

    private static JobFailure? FailureOf(in EncodedOutcomeWire wire)
        => WireGuard.Enum<JobOutcomeKind>(wire.Kind) switch
        {
            JobOutcomeKind.Completed => null,
            JobOutcomeKind.Failed
                => new JobFailed(Text(wire), WireGuard.NotNull(wire.SecondText, "text"), WireGuard.NotNull(wire.ThirdText, "text"))
                {
                    Hardening = wire.FourthText,
                },
            JobOutcomeKind.TimedOut => new JobTimedOut(new TimeSpan(wire.First), new TimeSpan(wire.Second))
            {
                Clock = WireGuard.Enum<TimeLimitClock>(wire.Code),
            },
            JobOutcomeKind.OutOfMemory => new JobOutOfMemory(wire.First, wire.Second, WireGuard.Enum<MemoryLimitSource>(wire.Code))
            {
                IsDefaultLimit = wire.Third != 0,
            },
            JobOutcomeKind.LimitExceeded => new JobLimitExceeded(
                WireGuard.Enum<CountedLimit>(wire.Code),
                wire.First,
                wire.Second,
                WireGuard.Enum<LimitEnforcer>((int)wire.Third)),
            JobOutcomeKind.Exited => new JobExited(wire.ExitCode, wire.Signal, wire.Text),
            JobOutcomeKind.Killed => new JobKilled(WireGuard.Enum<KillCause>(wire.Code), Text(wire)),
            JobOutcomeKind.Lost => new JobLost(Text(wire)),
            _ => JobRejectedConverter.FromWire(WireGuard.NotNull(wire.Reject, "reject")),
        };

    private static string Text(in EncodedOutcomeWire wire) => WireGuard.NotNull(wire.Text, "text");
}
