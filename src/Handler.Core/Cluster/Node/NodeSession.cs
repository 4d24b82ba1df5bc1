using Handler.Infrastructure;

namespace Handler.Cluster;

/// <summary>
/// A node's side of a session: what there is to tell to one client. Each reply takes all news that there are, so replies grow by themselves
/// while the client is slow or the node is busy. News are kept until the client has confirmed them.
/// </summary>
/// <param name="now">The time, a timestamp.</param>
/// <param name="received">The number of the last news that the client has.</param>
internal sealed class NodeSession(long now, ulong received) : ICallListener
{
    private readonly Lock gate = new();
    private readonly Queue<SessionNews> waiting = new();
    private readonly Queue<SessionNews> unconfirmed = new();
    private readonly Queue<(long Since, TaskCompletionSource Wake)> polls = new();
    private bool isOver;
    private ulong last = received;
    private long heardAt = now;

    public long HeardAt => Volatile.Read(ref heardAt);

    public bool HasNews
    {
        get
        {
            lock (gate)
                return waiting.Count > 0;
        }
    }

    public void Tell(CallId call, CallReply reply)
    {
        TaskCompletionSource? wake = null;
        lock (gate)
        {
            waiting.Enqueue(new SessionNews(++last, call, reply));
            if (polls.TryDequeue(out var poll))
                wake = poll.Wake;
        }

        wake?.SetResult();
    }

    /// <summary>
    /// A message of the client has arrived. If as many wait here for news as may be under way, the oldest of them get their replies now, so
    /// that the client may always send the next one.
    /// </summary>
    /// <returns>Whether the session still exists.</returns>
    public bool TryHear(SessionMessage message, long at)
    {
        List<TaskCompletionSource>? oldest = null;
        lock (gate)
        {
            if (isOver)
                return false;
            heardAt = Math.Max(heardAt, at);
            while (polls.Count > Tuning.Sessions.MaxUnderWay - 2) // this message may wait too
                (oldest ??= []).Add(polls.Dequeue().Wake);
            while (unconfirmed.TryPeek(out var news) && news.Number <= message.Received)
                unconfirmed.Dequeue();
            if (message.HasLostReply)
                TellUnconfirmedAgain();
        }

        oldest?.ForEach(static wake => wake.SetResult());
        return true;
    }

    /// <summary>Ends the session, unless its client was heard of since a time.</summary>
    public bool TryEnd(long since)
    {
        lock (gate)
            return isOver = heardAt <= since;
    }

    private void TellUnconfirmedAgain()
    {
        var later = waiting.ToArray();
        waiting.Clear();
        foreach (var news in unconfirmed.Concat(later))
            waiting.Enqueue(news);
        unconfirmed.Clear();
    }

    /// <summary>Completes when there is news, or at the first <see cref="Sweep"/> after the time of a long poll.</summary>
    public Task WaitAsync(long since)
    {
        lock (gate)
        {
            if (waiting.Count > 0)
                return Task.CompletedTask;
            var wake = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            polls.Enqueue((since, wake));
            return wake.Task;
        }
    }

    /// <summary>Takes the news for one reply.</summary>
    /// <param name="mostBytes">The size of their values, in bytes, from which on no more are taken.</param>
    public List<SessionNews> Take(long mostBytes)
    {
        lock (gate)
        {
            var taken = new List<SessionNews>(waiting.Count);
            for (long bytes = 0; bytes < mostBytes && waiting.TryDequeue(out var news); unconfirmed.Enqueue(news))
            {
                taken.Add(news);
                bytes += news.Reply.Outcome?.KeptBytes ?? 0;
            }

            return taken;
        }
    }

    /// <summary>Ends long polls that have lasted their time.</summary>
    /// <param name="now">The time, a timestamp.</param>
    /// <param name="longest">The longest time, in ticks.</param>
    /// <param name="unresponsive">For how many ticks the node was unresponsive since the last sweep: that time is no silence.</param>
    public void Sweep(long now, long longest, long unresponsive)
    {
        List<TaskCompletionSource>? ended = null;
        lock (gate)
        {
            heardAt = Math.Min(now, heardAt + unresponsive);
            while (polls.TryPeek(out var poll) && now - poll.Since >= longest)
                (ended ??= []).Add(polls.Dequeue().Wake);
            if (polls.Count > 0 || ended is not null)
                heardAt = now; // its client waits for the reply
        }

        ended?.ForEach(static wake => wake.SetResult());
    }
}
