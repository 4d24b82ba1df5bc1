using Handler.Cluster;
using Handler.Pools;

namespace Handler.Grains.Wire;

/// <summary><see cref="JobRequest"/> on the wire.</summary>
[GenerateSerializer]
[Alias("handler.JobRequest")]
[Immutable]
internal struct JobRequestWire
{
    [Id(0)]
    public CallId Call;

    [Id(1)]
    public string? Pool;

    [Id(2)]
    public ReadOnlyMemory<byte> Function;

    [Id(3)]
    public bool AnswerWhenAdmitted;

    [Id(4)]
    public bool HandedOver;

    [Id(5)]
    public TimeSpan Timeout;

    [Id(6)]
    public long MaxHeapBytes;

    [Id(7)]
    public long? MaxResidentBytes;

    [Id(8)]
    public TimeSpan CancellationGrace;

    [Id(9)]
    public bool CaptureOutput;

    [Id(10)]
    public string? Name;

    [Id(11)]
    public TimeSpan PoolTimeout;

    [Id(12)]
    public TimeSpan Wait;

    [Id(13)]
    public int Priority;

    [Id(14)]
    public string? SelectorArgument;
}

[RegisterConverter]
internal sealed class JobRequestConverter : IConverter<JobRequest, JobRequestWire>
{
    public JobRequest ConvertFromSurrogate(in JobRequestWire wire) => new()
    {
        Call = wire.Call,
        Pool = wire.Pool,
        Function = wire.Function,
        AnswerWhenAdmitted = wire.AnswerWhenAdmitted,
        HandedOver = wire.HandedOver,
        Options = OptionsOf(wire),
    };

    public JobRequestWire ConvertToSurrogate(in JobRequest value) => new()
    {
        Call = value.Call,
        Pool = value.Pool,
        Function = value.Function,
        AnswerWhenAdmitted = value.AnswerWhenAdmitted,
        HandedOver = value.HandedOver,
        Timeout = value.Options.Timeout,
        MaxHeapBytes = value.Options.MaxHeapBytes,
        MaxResidentBytes = value.Options.MaxResidentBytes,
        CancellationGrace = value.Options.CancellationGrace,
        CaptureOutput = value.Options.CaptureOutput,
        Name = value.Options.Name,
        PoolTimeout = value.Options.PoolTimeout,
        Wait = value.Options.Wait,
        Priority = value.Options.Priority,
        SelectorArgument = value.Options.SelectorArgument,
    };

    /// <summary>Checks the ranges again, because a client of another version may allow other ranges.</summary>
    private static JobOptions OptionsOf(in JobRequestWire wire)
    {
        var options = new JobOptions
        {
            Timeout = wire.Timeout,
            MaxHeapBytes = wire.MaxHeapBytes,
            MaxResidentBytes = wire.MaxResidentBytes,
            CancellationGrace = wire.CancellationGrace,
            CaptureOutput = wire.CaptureOutput,
            Name = wire.Name,
            PoolTimeout = wire.PoolTimeout,
            Wait = wire.Wait,
            Priority = wire.Priority,
            SelectorArgument = wire.SelectorArgument,
        };
        options.Validate();
        return options;
    }
}

/// <summary><see cref="CallReply"/> on the wire.</summary>
[GenerateSerializer]
[Alias("handler.CallReply")]
[Immutable]
internal struct CallReplyWire
{
    [Id(0)]
    public int State;

    [Id(1)]
    public NodeId Node;

    [Id(2)]
    public JobId? Job;

    [Id(3)]
    public JobEnding? Ending;

    [Id(4)]
    public int Rest;
}

[RegisterConverter]
internal sealed class CallReplyConverter : IConverter<CallReply, CallReplyWire>
{
    public CallReply ConvertFromSurrogate(in CallReplyWire wire)
        => new(WireGuard.Enum<CallState>(wire.State), wire.Node, wire.Job, wire.Ending, WireGuard.Length(wire.Rest, nameof(wire.Rest)));

    public CallReplyWire ConvertToSurrogate(in CallReply value)
        => new()
        {
            State = (int)value.State,
            Node = value.Node,
            Job = value.Job,
            Ending = value.Ending,
            Rest = value.Rest,
        };
}

/// <summary><see cref="ValuePart"/> on the wire.</summary>
[GenerateSerializer]
[Alias("handler.ValuePart")]
[Immutable]
internal struct ValuePartWire
{
    [Id(0)]
    public ReadOnlyMemory<byte> Bytes;
}

[RegisterConverter]
internal sealed class ValuePartConverter : IConverter<ValuePart, ValuePartWire>
{
    public ValuePart ConvertFromSurrogate(in ValuePartWire wire) => new(wire.Bytes);

    public ValuePartWire ConvertToSurrogate(in ValuePart value) => new() { Bytes = value.Bytes };
}

/// <summary><see cref="FindReply"/> on the wire.</summary>
[GenerateSerializer]
[Alias("handler.FindReply")]
[Immutable]
internal struct FindReplyWire
{
    [Id(0)]
    public CallReply? Reply;

    [Id(1)]
    public TimeSpan? SinceLastDeath;
}

[RegisterConverter]
internal sealed class FindReplyConverter : IConverter<FindReply, FindReplyWire>
{
    public FindReply ConvertFromSurrogate(in FindReplyWire wire) => new(wire.Reply, wire.SinceLastDeath);

    public FindReplyWire ConvertToSurrogate(in FindReply value) => new() { Reply = value.Reply, SinceLastDeath = value.SinceLastDeath };
}

/// <summary><see cref="StopRequest"/> on the wire.</summary>
[GenerateSerializer]
[Alias("handler.Stop")]
[Immutable]
internal struct StopWire
{
    [Id(0)]
    public int Cause;

    [Id(1)]
    public string? Reason;

    [Id(2)]
    public bool Immediately;
}

[RegisterConverter]
internal sealed class StopConverter : IConverter<StopRequest, StopWire>
{
    public StopRequest ConvertFromSurrogate(in StopWire wire)
        => new(new JobKilled(WireGuard.Enum<KillCause>(wire.Cause), WireGuard.NotNull(wire.Reason, nameof(wire.Reason))), wire.Immediately);

    public StopWire ConvertToSurrogate(in StopRequest value)
        => new()
        {
            Cause = (int)value.Why.Cause,
            Reason = value.Why.Reason,
            Immediately = value.Immediately,
        };
}

/// <summary><see cref="NodeLoad"/> on the wire.</summary>
[GenerateSerializer]
[Alias("handler.NodeLoad")]
[Immutable]
internal struct NodeLoadWire
{
    [Id(0)]
    public NodeId Node;

    [Id(1)]
    public int FreeWorkers;

    [Id(2)]
    public long FreeBytes;

    [Id(3)]
    public bool Accepts;

    [Id(4)]
    public long? MaxBytes;

    [Id(5)]
    public int? FreePlaces;
}

[RegisterConverter]
internal sealed class NodeLoadConverter : IConverter<NodeLoad, NodeLoadWire>
{
    public NodeLoad ConvertFromSurrogate(in NodeLoadWire wire)
        => new(wire.Node, wire.FreeWorkers, wire.FreeBytes, wire.Accepts, wire.MaxBytes ?? long.MaxValue, wire.FreePlaces ?? int.MaxValue);

    public NodeLoadWire ConvertToSurrogate(in NodeLoad value)
        => new()
        {
            Node = value.Node,
            FreeWorkers = value.FreeWorkers,
            FreeBytes = value.FreeBytes,
            Accepts = value.Accepts,
            MaxBytes = value.MaxBytes,
            FreePlaces = value.FreePlaces,
        };
}

/// <summary><see cref="NodeRecords"/> on the wire.</summary>
[GenerateSerializer]
[Alias("handler.NodeRecords")]
[Immutable]
internal struct NodeRecordsWire
{
    [Id(0)]
    public NodeId Node;

    [Id(1)]
    public int Jobs;

    [Id(2)]
    public int Unacknowledged;

    [Id(3)]
    public LeaseRecord[]? Leases;

    [Id(4)]
    public int[]? WorkerPids;
}

[RegisterConverter]
internal sealed class NodeRecordsConverter : IConverter<NodeRecords, NodeRecordsWire>
{
    public NodeRecords ConvertFromSurrogate(in NodeRecordsWire wire)
        => new(wire.Node, wire.Jobs, wire.Unacknowledged, wire.Leases ?? [], wire.WorkerPids ?? []);

    public NodeRecordsWire ConvertToSurrogate(in NodeRecords value) => new()
    {
        Node = value.Node,
        Jobs = value.Jobs,
        Unacknowledged = value.Unacknowledged,
        Leases = [.. value.Leases],
        WorkerPids = [.. value.WorkerPids],
    };
}

/// <summary><see cref="LeaseRecord"/> on the wire.</summary>
[GenerateSerializer]
[Alias("handler.LeaseRecord")]
[Immutable]
internal struct LeaseRecordWire
{
    [Id(0)]
    public string? Pool;

    [Id(1)]
    public JobId Job;

    [Id(2)]
    public long Bytes;
}

[RegisterConverter]
internal sealed class LeaseRecordConverter : IConverter<LeaseRecord, LeaseRecordWire>
{
    public LeaseRecord ConvertFromSurrogate(in LeaseRecordWire wire)
        => new(WireGuard.NotNull(wire.Pool, nameof(wire.Pool)), wire.Job, wire.Bytes);

    public LeaseRecordWire ConvertToSurrogate(in LeaseRecord value) => new() { Pool = value.Pool, Job = value.Job, Bytes = value.Bytes };
}
