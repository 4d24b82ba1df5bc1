using Handler.Infrastructure;
using Handler.Pools;

namespace Handler.Cluster;

/// <summary>
/// Ends calls, and keeps their outcomes for their callers as far as there is room. If there is none, an outcome loses its parts that may be
/// large.
/// </summary>
internal sealed class CallOutcomes(NodeId node, NodeCapacity capacity, CallTable calls)
{
    private const string HowToHoldMore
        = "Fetch outcomes sooner, return less, or raise HandlerSiloOptions.MaxHeldPayloadBytes and MaxMemoryBytes.";

    /// <summary>Ends a call. Everything that it had is released by now, except for its request.</summary>
    public void End(Call call, EncodedOutcome outcome)
    {
        LetGoOfRequest(call);
        if (capacity.TryHold(outcome.KeptBytes) is not null && !MakeRoom(outcome.KeptBytes))
        {
            outcome = Reduced(outcome);
            capacity.Hold(outcome.KeptBytes);
        }

        call.HeldBytes = outcome.KeptBytes;
        call.End(outcome);
    }

    /// <summary>Another node has the call: its reply is kept here.</summary>
    public void MoveTo(Call call, CallReply there)
    {
        LetGoOfRequest(call);
        capacity.Hold(call.HeldBytes = there.Outcome?.KeptBytes ?? Tuning.Calls.Overhead);
        call.MoveTo(there);
    }

    /// <summary>
    /// Why a value cannot be kept; <see langword="null"/> if it can. Called before a large value is copied. What is actually kept is
    /// counted when the job has ended.
    /// </summary>
    public JobFailure? WhyNotKept(int bytes)
    {
        if (bytes < Tuning.Calls.LargeValue)
            return null;
        if (capacity.TryHold(bytes) is not null && !MakeRoom(bytes))
            return NotKept(bytes);
        capacity.LetGo(bytes);
        return null;
    }

    private void LetGoOfRequest(Call call)
    {
        capacity.LetGo(call.HeldBytes);
        call.HeldBytes = 0;
    }

    private bool MakeRoom(long bytes) => bytes >= Tuning.Calls.LargeValue && calls.TryMakeRoom(bytes, Dropped);

    private EncodedOutcome Dropped(Call call) => EncodedOutcome.Of(Failed(
        $"The job ended, but its outcome of {call.HeldBytes} bytes was dropped: its caller had not asked for it for "
        + $"{NodeTimings.CallerSilence.TotalSeconds:0} s, and the node {node} needed the room. {HowToHoldMore}"));

    private EncodedOutcome Reduced(EncodedOutcome outcome) => new(
        outcome.Failure switch
        {
            null => NotKept(outcome.Value.Length),
            JobFailed failed => failed with { ExceptionText = "" },
            var failure => failure,
        },
        default,
        outcome.Usage,
        null);

    private JobFailed NotKept(int bytes) => Failed(
        $"The job completed, but its value of {bytes} bytes cannot be kept: the node {node} holds {capacity.Payloads} of "
        + $"{capacity.MaxPayloads} bytes of requests and outcomes, and its jobs {capacity.Bytes} of {capacity.MaxBytes} bytes. "
        + HowToHoldMore);

    private static JobFailed Failed(string message) => new(typeof(InvalidOperationException).FullName!, message, "");
}
