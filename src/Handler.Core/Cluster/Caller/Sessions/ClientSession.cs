using Handler.Infrastructure;
using Handler.Pools;

namespace Handler.Cluster;

/// <summary>
/// A client's side of a session with one node. While messages are on their way, what callers ask for waits for the next one, so messages
/// grow by themselves under load, and a single job leaves immediately. As long as calls are followed, one message waits at the node for
/// news, however many calls there are.
/// </summary>
/// <remarks>
/// If a message or its reply is lost, the jobs of that message may have arrived or not: their callers ask all nodes. Each later message
/// says which replies are awaited and which were given up, so the node sends the news of these again. If the node does not reply for too
/// long, the callers of all its calls ask all nodes.
/// </remarks>
internal sealed class ClientSession(
    NodeId node, ulong id, ISessionLink link, ClientSessions owner, BackgroundWork background, TimeProvider time)
{
    private readonly Lock gate = new();
    private readonly Dictionary<CallId, FollowedCall> calls = [];
    private readonly Queue<JobRequest> jobs = new();
    private readonly Queue<CallId> followed = new();
    private readonly List<ulong> open = []; // the messages whose replies are awaited
    private readonly HashSet<ulong> givenUp = []; // those that the node may not know to be given up
    private ulong last;
    private bool isProbed;
    private int running; // of the calls: the node has more to tell
    private long repliedAt;

    /// <summary>Whether the node has not replied to the last message in time.</summary>
    public bool IsSilent { get; private set; }

    /// <summary>Asks a silent node whether it replies now. Called as long as there are jobs that it could run.</summary>
    public void Probe()
    {
        lock (gate)
            isProbed = true;
        SendMore();
    }

    /// <summary>Whether nothing is followed and nothing is under way.</summary>
    public bool IsIdle
    {
        get
        {
            lock (gate)
                return calls.Count == 0 && open.Count == 0;
        }
    }

    /// <summary>Sends a job to the node, and tells its caller the first news.</summary>
    public void Submit(JobRequest request, TaskCompletionSource<CallReply> caller)
    {
        lock (gate)
        {
            Follow(request.Call).TellNext(caller);
            jobs.Enqueue(request);
        }

        SendMore();
    }

    /// <summary>Completes with the next news of a call that the node has.</summary>
    public Task<CallReply> WatchAsync(CallId call)
    {
        Task<CallReply> news;
        lock (gate)
        {
            var isNew = !calls.ContainsKey(call);
            var there = Follow(call);
            news = there.NextAsync();
            if (there.IsOver && !there.HasNews)
                calls.Remove(call);
            if (!isNew)
                return news;
            followed.Enqueue(call);
        }

        SendMore();
        return news;
    }

    private FollowedCall Follow(CallId call)
    {
        if (!calls.TryGetValue(call, out var there))
        {
            if (calls.Count == 0 && open.Count == 0)
                repliedAt = time.GetTimestamp(); // the node had nothing to reply to
            calls.Add(call, there = new FollowedCall(node));
            running++;
        }

        return there;
    }

    private void SendMore()
    {
        while (NextMessage() is { } message)
            background.Run("a message of a session", ExchangeAsync(message));
    }

    private SessionMessage? NextMessage()
    {
        lock (gate)
        {
            var isPoll = jobs.Count == 0 && followed.Count == 0;
            if (isPoll ? (running == 0 && !isProbed) || open.Count > 0 : open.Count >= Tuning.Sessions.MaxUnderWay)
                return null;
            var message = new SessionMessage
            {
                Session = id,
                Jobs = TakeJobs(),
                Followed = [.. followed],
                Number = ++last,
                Open = [.. open],
                GivenUp = [.. givenUp],
                IsProbe = isPoll && isProbed,
                NodesVersion = owner.NodesVersion,
            };
            open.Add(message.Number);
            followed.Clear();
            isProbed = false;
            return message;
        }
    }

    private List<JobRequest> TakeJobs()
    {
        var taken = new List<JobRequest>(jobs.Count);
        for (long bytes = 0; bytes < Tuning.Sessions.MaxMessageBytes && jobs.TryDequeue(out var job); bytes += job.HeldBytes)
            taken.Add(job);
        return taken;
    }

    private async Task ExchangeAsync(SessionMessage message)
    {
        SessionReply reply;
        try
        {
            reply = await link.ExchangeAsync(node, message).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            Fail(message, exception);
            await Task.Delay(Tuning.Callers.FindInterval, time).ConfigureAwait(false);
            SendMore();
            return;
        }

        owner.Learn(reply.Nodes);
        if (reply.NodeIsGone)
            Leave(message);
        else
            Take(message, reply);
        SendMore();
    }

    private void Take(SessionMessage message, SessionReply reply)
    {
        List<(TaskCompletionSource<CallReply> Caller, CallReply Reply)>? told = null;
        lock (gate)
        {
            Close(message);
            repliedAt = time.GetTimestamp();
            IsSilent = false;
            foreach (var news in reply.News)
            {
                if (!calls.TryGetValue(news.Call, out var call) || call.IsOver)
                    continue; // its caller has asked all nodes
                if (call.Tell(news.Reply) is { } caller)
                    (told ??= []).Add((caller, news.Reply));
                if (call.IsOver)
                    running--;
                if (call.IsOver && !call.HasNews)
                    calls.Remove(news.Call);
            }
        }

        told?.ForEach(static each => each.Caller.TrySetResult(each.Reply));
    }

    /// <summary>The reply to a message has come, so the node knows which messages were given up before.</summary>
    private void Close(SessionMessage message)
    {
        open.Remove(message.Number);
        givenUp.ExceptWith(message.GivenUp);
    }

    /// <summary>
    /// A message or its reply was lost. The callers of its jobs ask all nodes. If the node has been silent for too long, all callers do,
    /// except those whose jobs have not been sent: they send them to another node.
    /// </summary>
    private void Fail(SessionMessage message, Exception exception)
    {
        List<TaskCompletionSource<CallReply>> unsent = [], lost;
        lock (gate)
        {
            if (exception is IUnreadableReply)
            {
                Close(message); // it would be as unreadable again
                lost = Remove(calls.Keys);
            }
            else
            {
                open.Remove(message.Number);
                givenUp.Add(message.Number);
                IsSilent = time.GetElapsedTime(repliedAt) >= NodeTimings.Listening;
                if (IsSilent)
                    unsent = GiveBackJobs([]);
                lost = Remove(IsSilent ? calls.Keys : message.Jobs.Select(static job => job.Call));
                foreach (var call in message.Followed.Where(IsAwaited))
                    followed.Enqueue(call);
            }
        }

        unsent.ForEach(caller => caller.TrySetException(new NoNodeException(exception)));
        lost.ForEach(caller => caller.TrySetException(exception));
    }

    /// <summary>The node has left the cluster. The message went nowhere, so its callers send their jobs to another node.</summary>
    private void Leave(SessionMessage message)
    {
        List<TaskCompletionSource<CallReply>> unsent, lost;
        lock (gate)
        {
            Close(message);
            IsSilent = true;
            unsent = GiveBackJobs(message.Jobs);
            lost = Remove(calls.Keys);
        }

        unsent.ForEach(static caller => caller.TrySetException(new NoNodeException()));
        lost.ForEach(caller => caller.TrySetException(new IOException($"The node {node} has left the cluster.")));
    }

    private bool IsAwaited(CallId call) => calls.TryGetValue(call, out var there) && !there.IsOver;

    /// <summary>Removes the jobs that were not sent, and these.</summary>
    private List<TaskCompletionSource<CallReply>> GiveBackJobs(IEnumerable<JobRequest> others)
    {
        var callers = Remove(jobs.Concat(others).Select(static job => job.Call));
        jobs.Clear();
        followed.Clear();
        return callers;
    }

    /// <summary>Removes calls, except those whose news has come.</summary>
    /// <returns>The callers that wait for news of them.</returns>
    private List<TaskCompletionSource<CallReply>> Remove(IEnumerable<CallId> lost)
    {
        var callers = new List<TaskCompletionSource<CallReply>>();
        foreach (var call in lost.ToList())
        {
            if (!IsAwaited(call) || !calls.Remove(call, out var there))
                continue;
            running--;
            if (there.Listener is { } caller)
                callers.Add(caller);
        }

        return callers;
    }
}
