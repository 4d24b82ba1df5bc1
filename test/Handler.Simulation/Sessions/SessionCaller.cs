using Handler.Cluster;
using Handler.Infrastructure;

namespace Handler.Simulation;

/// <summary>One caller. It does what <see cref="RemoteCall"/> does, as a sequence of steps.</summary>
internal sealed class SessionCaller(SessionScenario scenario, SessionClient client, bool replyWhenAdmitted)
{
    private readonly World world = scenario.World;
    private CallId call = client.NextCall();
    private Task<CallReply>? asked;
    private TimeSpan sentAt;
    private bool isSubmitting;
    private bool isKnown; // a node has the call
    private int question; // the last one to all nodes

    /// <summary>What it was told; <see langword="null"/> as long as it waits.</summary>
    public string? Outcome { get; private set; }

    public override string ToString() => $"the caller of {call}";

    public void Submit()
    {
        (isSubmitting, sentAt) = (true, world.Elapsed);
        var request = new JobRequest
        {
            Call = call,
            Options = new JobOptions(),
            Function = new byte[world.Chance(0.05) ? Tuning.Sessions.MaxMessageBytes : 10],
            ReplyWhenAdmitted = replyWhenAdmitted,
        };
        ContextFreeTime.Run(() => asked = client.Sessions.SubmitAsync(request));
    }

    /// <summary>Goes on if there is a reply. Called after each step.</summary>
    public void GoOn()
    {
        if (asked is not { IsCompleted: true } reply)
            return;
        asked = null;
        var hasNotLeft = isSubmitting && reply.Exception?.InnerException is NoNodeException;
        isSubmitting = false;
        if (reply.IsCompletedSuccessfully)
            Take(reply.Result);
        else
            world.Schedule(client.Process, Tuning.Callers.FindInterval, hasNotLeft ? Submit : Find);
    }

    private void Take(CallReply reply)
    {
        if (reply.State == CallState.Unknown)
        {
            Find();
            return;
        }

        isKnown = true;
        if (reply.Outcome is { Failure: JobLost decided })
            End(decided.Reason);
        else
            ContextFreeTime.Run(() => asked = client.Sessions.WatchAsync(reply.Node, call));
    }

    /// <summary>Asks all nodes, until one has the call or all refuse it.</summary>
    private void Find()
    {
        var mine = ++question;
        var refuse = isKnown || world.Elapsed - sentAt >= NodeTimings.LateArrival;
        scenario.Send(() =>
        {
            if (scenario.TryFind(call, refuse, out var reply))
                scenario.Send(() => world.Schedule(client.Process, TimeSpan.Zero, () => Found(mine, reply, refuse)));
        });
        world.Schedule(client.Process, NodeTimings.Listening, () =>
        {
            if (mine == question)
                Find();
        });
    }

    private void Found(int answered, CallReply? reply, bool refused)
    {
        if (answered != question)
            return;
        question++;
        if (reply is not null)
            Take(reply);
        else if (!refused)
            world.Schedule(client.Process, Tuning.Callers.FindInterval, Find);
        else if (isKnown || scenario.HasDiedSince(sentAt))
            Lose();
        else
            SubmitAnew();
    }

    private void SubmitAnew()
    {
        call = client.NextCall();
        Submit();
    }

    private void End(string how)
    {
        world.Trace($"the caller of {call} is told: {how}");
        Outcome = how;
        scenario.Told(call, how);
    }

    private void Lose()
    {
        world.Trace($"{call} is lost");
        Outcome = "lost";
        scenario.Lost(call);
    }
}
