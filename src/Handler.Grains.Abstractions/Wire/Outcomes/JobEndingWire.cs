using Handler.Cluster;

namespace Handler.Grains.Wire;

/// <summary>
/// <see cref="JobEnding"/> on the wire: a value, or a failure. The data of a failure is in the texts and numbers; their meaning depends on
/// the kind.
/// </summary>
[GenerateSerializer]
[Alias("handler.JobEnding")]
[Immutable]
internal struct JobEndingWire
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
    public JobRejected? Reject;
}

[RegisterConverter]
internal sealed class JobEndingConverter : IConverter<JobEnding, JobEndingWire>
{
    private enum Kind
    {
        Completed = 1,
        Failed = 2,
        TimedOut = 3,
        OutOfMemory = 4,
        ExitedWithCode = 5,
        ExitedBySignal = 6,
        Exited = 7,
        Killed = 8,
        Lost = 9,
        Rejected = 10,
    }

    public JobEnding ConvertFromSurrogate(in JobEndingWire wire) => new(FailureOf(wire), wire.Value, wire.Usage, wire.Output);

    public JobEndingWire ConvertToSurrogate(in JobEnding value)
    {
        var wire = value.Failure switch
        {
            null => Of(Kind.Completed),
            JobFailed failed => Of(Kind.Failed, failed.ExceptionType, failed.ExceptionMessage, failed.ExceptionText),
            JobTimedOut timedOut => Of(Kind.TimedOut, first: timedOut.Limit.Ticks, second: timedOut.Elapsed.Ticks),
            JobOutOfMemory memory => Of(
                Kind.OutOfMemory,
                code: (int)memory.Source,
                first: memory.LimitBytes,
                second: memory.PeakBytes,
                third: memory.IsDefaultLimit ? 1 : 0),
            JobExited { ExitCode: { } code } exited => Of(Kind.ExitedWithCode, exited.Reason, code: code),
            JobExited { Signal: { } signal } exited => Of(Kind.ExitedBySignal, exited.Reason, code: signal),
            JobExited exited => Of(Kind.Exited, exited.Reason),
            JobKilled killed => Of(Kind.Killed, killed.Reason, code: (int)killed.Cause),
            JobLost lost => Of(Kind.Lost, lost.Reason),
            JobRejected rejected => new JobEndingWire { Kind = (int)Kind.Rejected, Reject = rejected },
            _ => throw new InvalidOperationException($"A {value.Failure.GetType().Name} cannot be sent."),
        };
        (wire.Value, wire.Usage, wire.Output) = (value.Value, value.Usage, value.Output);
        return wire;
    }

    private static JobFailure? FailureOf(in JobEndingWire wire)
        => WireGuard.Enum<Kind>(wire.Kind) switch
        {
            Kind.Completed => null,
            Kind.Failed => new JobFailed(Text(wire), WireGuard.NotNull(wire.SecondText, "text"), WireGuard.NotNull(wire.ThirdText, "text")),
            Kind.TimedOut => new JobTimedOut(new TimeSpan(wire.First), new TimeSpan(wire.Second)),
            Kind.OutOfMemory => new JobOutOfMemory(wire.First, wire.Second, WireGuard.Enum<MemoryLimitSource>(wire.Code))
            {
                IsDefaultLimit = wire.Third != 0,
            },
            Kind.ExitedWithCode => new JobExited(wire.Code, null, wire.Text),
            Kind.ExitedBySignal => new JobExited(null, wire.Code, wire.Text),
            Kind.Exited => new JobExited(null, null, wire.Text),
            Kind.Killed => new JobKilled(WireGuard.Enum<KillCause>(wire.Code), Text(wire)),
            Kind.Lost => new JobLost(Text(wire)),
            _ => WireGuard.NotNull(wire.Reject, "reject"),
        };

    private static string Text(in JobEndingWire wire) => WireGuard.NotNull(wire.Text, "text");

    private static JobEndingWire Of(
        Kind kind,
        string? text = null,
        string? secondText = null,
        string? thirdText = null,
        int code = 0,
        long first = 0,
        long second = 0,
        long third = 0)
        => new()
        {
            Kind = (int)kind,
            Text = text,
            SecondText = secondText,
            ThirdText = thirdText,
            Code = code,
            First = first,
            Second = second,
            Third = third,
        };
}
