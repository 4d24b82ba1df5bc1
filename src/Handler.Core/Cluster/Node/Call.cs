using System.Diagnostics;
using Handler.Pools;
using Handler.Verdicts;

namespace Handler.Cluster;

/// <summary>A node's record of one call: who waits for its answer, how far it is, how to stop it.</summary>
internal sealed class Call(JobRequest request, NodeId node)
{
    private readonly Lock gate = new();
    private CallState state = CallState.Asking;
    private JobId? job;
    private JobEnding? ending;
    private CallReply? moved;
    private TaskCompletionSource<CallReply>? leg;
    private bool answerWhenAdmitted = request.AnswerWhenAdmitted;
    private bool detached;
    private long heardAt = Stopwatch.GetTimestamp();
    private long endedAt; // or when a part of its value was fetched last
    private Stop? stopped;
    private Action<Stop>? onStop;

    /// <summary>What is to be run, and how; without the function once it has ended, for that may be large.</summary>
    public JobRequest Request { get; private set; } = request;

    public CallId Id => Request.Call;

    /// <summary>The bytes that are held here for it: of its request while it waits or runs, then of its ending.</summary>
    public long HeldBytes { get; set; } = request.HeldBytes;

    /// <summary>When it ended, or a part of its value was fetched last: a timestamp.</summary>
    public long EndedAt => Volatile.Read(ref endedAt);

    /// <summary>Whether it has ended, and nobody has asked for it lately.</summary>
    public bool IsLeft => HasEnded && Stopwatch.GetElapsedTime(Volatile.Read(ref heardAt)) > NodeTimings.CallerSilence;

    /// <summary>Whether it takes part of the node's capacity.</summary>
    public bool HasRoom { get; set; }

    /// <summary>Whether its ending was sent to its caller; kept by the <see cref="CallTable"/>.</summary>
    public bool IsDelivered { get; set; }

    /// <summary>Why it was stopped, if it was.</summary>
    public Verdict.Killed? Stopped => stopped?.Why;

    /// <summary>Whether nothing of it is left to be done here.</summary>
    public bool HasEnded => ending is not null || moved is not null;

    /// <summary>Whether it has ended, and its caller, who was there a moment ago, has not got all of it.</summary>
    public bool IsAwaited => HasEnded && !IsDelivered && Stopwatch.GetElapsedTime(Volatile.Read(ref heardAt)) < NodeTimings.CallerSilence;

    /// <summary>Answers as soon as the call has come further, or at the next <see cref="Sweep"/> after a leg's time.</summary>
    public Task<CallReply> ListenAsync()
    {
        lock (gate)
        {
            heardAt = Stopwatch.GetTimestamp();
            if (HasEnded || (state == CallState.Admitted && answerWhenAdmitted))
            {
                answerWhenAdmitted = false; // it was told; now only the end is news
                return Task.FromResult(Reply());
            }

            // Whoever completes it is this node's own code, which only passes the answer on.
            leg ??= new TaskCompletionSource<CallReply>();
            return leg.Task;
        }
    }

    /// <summary>The part of its value that begins at an offset; empty where there is none.</summary>
    /// <param name="offset">How much its caller has.</param>
    /// <param name="hasAll">Whether that is all of it.</param>
    public ValuePart Fetch(int offset, out bool hasAll)
    {
        lock (gate)
        {
            heardAt = endedAt = Stopwatch.GetTimestamp(); // who fetches is there, however long it takes
            hasAll = ending is { } complete && offset >= complete.Value.Length;
            return new ValuePart(ending is not null && !hasAll && offset >= 0 ? ValuePart.Of(ending.Value, offset) : default);
        }
    }

    /// <summary>How far it is, at once.</summary>
    public CallReply Peek()
    {
        lock (gate)
        {
            heardAt = Stopwatch.GetTimestamp();
            return Reply();
        }
    }

    /// <summary>Says what is to happen when it is stopped. If it was stopped already that happens at once.</summary>
    public void OnStop(Action<Stop>? action)
    {
        Stop? already;
        lock (gate)
        {
            onStop = action;
            already = stopped;
        }

        if (already is not null)
            action?.Invoke(already);
    }

    /// <summary>Stops it, unless it has ended. The first reason counts, but a stop at once wins over one that leaves the job some time.</summary>
    public void Stop(Stop stop)
    {
        Action<Stop>? action;
        lock (gate)
        {
            if (HasEnded || stopped is { AtOnce: true } || (stopped is not null && !stop.AtOnce))
                return;
            stopped = stop;
            action = onStop;
        }

        action?.Invoke(stop);
    }

    /// <summary>From now on it does not end when nobody asks for it.</summary>
    public void Detach() => Volatile.Write(ref detached, true);

    public void Admit(JobId? id)
    {
        TaskCompletionSource<CallReply>? told = null;
        CallReply? reply = null;
        lock (gate)
        {
            state = CallState.Admitted;
            job = id;
            if (answerWhenAdmitted && leg is not null)
            {
                answerWhenAdmitted = false;
                (told, leg, reply) = (leg, null, Reply());
                heardAt = Stopwatch.GetTimestamp();
            }
        }

        told?.SetResult(reply!);
    }

    /// <summary>It has ended; its share is free by now.</summary>
    public void End(JobEnding how) => End(how, null);

    /// <summary>Another node has it. Who asks here is told what that one has answered, and asks there from then on.</summary>
    public void MoveTo(CallReply there) => End(null, there);

    private void End(JobEnding? how, CallReply? there)
    {
        TaskCompletionSource<CallReply>? told;
        CallReply reply;
        lock (gate)
        {
            (state, ending, moved) = (CallState.Ended, how, there);
            endedAt = Stopwatch.GetTimestamp();
            Request = Request with { Function = default };
            (told, leg, reply) = (leg, null, Reply());
        }

        told?.SetResult(reply);
    }

    /// <summary>Another ending takes the place of the one that it has, and of its value.</summary>
    public void Replace(JobEnding how)
    {
        lock (gate)
            ending = how;
    }

    /// <summary>Ends a leg that lasts too long, and the job of a caller that is silent for too long.</summary>
    /// <param name="now">The time, a timestamp.</param>
    /// <param name="stoodStill">For how many ticks of it the node has stood still since the last sweep. What callers have said meanwhile is not read yet, so that is no silence of theirs.</param>
    /// <returns>Whether it may be forgotten: nobody will come for it.</returns>
    public bool Sweep(long now, long stoodStill)
    {
        TaskCompletionSource<CallReply>? told = null;
        CallReply? reply = null;
        var silent = false;
        lock (gate)
        {
            heardAt = Math.Min(now, heardAt + stoodStill);
            if (HasEnded)
                return Stopwatch.GetElapsedTime(endedAt, now) > NodeTimings.EndingKept + Stopwatch.GetElapsedTime(0, stoodStill);
            var elapsed = Stopwatch.GetElapsedTime(heardAt, now);
            if (leg is not null)
            {
                if (elapsed >= NodeTimings.LongPoll)
                {
                    (told, leg, reply) = (leg, null, Reply());
                    heardAt = now;
                }
            }
            else
            {
                silent = !detached && elapsed > NodeTimings.CallerSilence;
            }
        }

        told?.SetResult(reply!);
        if (silent)
            Stop(new Stop(new Verdict.Killed(KillCause.CallerGone, $"Nobody has asked for the job for {NodeTimings.CallerSilence.TotalSeconds:0} s: its caller is gone"), AtOnce: true));
        return false;
    }

    private CallReply Reply() => moved ?? (ending is { } complete && ValuePart.Of(complete.Value, 0) is var first && first.Length < complete.Value.Length
        ? new(state, node, job, complete with { Value = first }, complete.Value.Length - first.Length)
        : new(state, node, job, ending));
}
