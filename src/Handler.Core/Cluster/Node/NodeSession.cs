using Handler.Infrastructure;

namespace Handler.Cluster;

/// <summary>
/// A node's side of a session: what there is to tell to one client. Each reply takes all news that there are, so replies grow by themselves
/// while the client is slow or the node is busy. News are kept until the client has the reply.
/// </summary>
/// <param name="now">The time, a timestamp.</param>
internal sealed class NodeSession(long now) : ICallListener
{
    private readonly Lock gate = new();
    private readonly List<Poll> polls = [];
    private readonly List<SentReply> sent = [];
    private readonly HashSet<ulong> heard = []; // of the newest message and the open ones
    private Queue<SessionNews> waiting = new();
    private ulong newest;
    private IReadOnlyList<ulong> open = []; // earlier messages whose replies the client awaited when it sent the newest one
    private bool isOver;
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
            waiting.Enqueue(new SessionNews(call, reply));
            if (polls.Count > 0)
                wake = EndOldest();
        }

        wake?.SetResult();
    }

    /// <summary>
    /// A message of the client has arrived. If as many wait here for news as may be under way, the oldest of them get their replies now, so
    /// that the client may always send the next one.
    /// </summary>
    /// <returns>Whether the session still exists.</returns>
    /// <exception cref="InvalidOperationException">The message has come already. Only one reply to it counts, and its news must be in
    /// that one.</exception>
    public bool TryHear(SessionMessage message, long at)
    {
        List<TaskCompletionSource> ended = [];
        lock (gate)
        {
            if (isOver)
                return false;
            heardAt = Math.Max(heardAt, at);
            if (message.Number > newest)
            {
                Settle(message);
                (newest, open) = (message.Number, message.Open);
                heard.RemoveWhere(IsGivenUp);
                ended.AddRange(polls.Where(poll => IsGivenUp(poll.Message)).Select(static poll => poll.Wake));
                polls.RemoveAll(poll => IsGivenUp(poll.Message));
            }

            if (!IsGivenUp(message.Number) && !heard.Add(message.Number))
                throw new InvalidOperationException($"Message {message.Number} of the session has come already.");
            while (polls.Count > Tuning.Sessions.MaxUnderWay - 2) // this message may wait too
                ended.Add(EndOldest());
        }

        ended.ForEach(static wake => wake.SetResult());
        return true;
    }

    /// <summary>Ends the session, unless its client was heard of since a time.</summary>
    public bool TryEnd(long since)
    {
        lock (gate)
            return isOver = heardAt <= since;
    }

    /// <summary>
    /// Completes when there is news, when the client no longer waits for the reply, or at the first <see cref="Sweep"/> after the time of a
    /// long poll.
    /// </summary>
    /// <param name="message">The number of the message that waits.</param>
    /// <param name="since">Since when, a timestamp.</param>
    public Task WaitAsync(ulong message, long since)
    {
        lock (gate)
        {
            if (waiting.Count > 0 || IsGivenUp(message))
                return Task.CompletedTask;
            var poll = new Poll(message, since, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            polls.Add(poll);
            return poll.Wake.Task;
        }
    }

    /// <summary>Takes the news for the reply to a message; none if the client no longer waits for that reply.</summary>
    /// <param name="message">The number of the message.</param>
    /// <param name="mostBytes">The size of their values, in bytes, from which on no more are taken.</param>
    public IReadOnlyList<SessionNews> Take(ulong message, long mostBytes)
    {
        lock (gate)
        {
            if (waiting.Count == 0 || IsGivenUp(message))
                return [];
            var news = new List<SessionNews>(waiting.Count);
            for (long bytes = 0; bytes < mostBytes && waiting.TryDequeue(out var next); bytes += next.Reply.Outcome?.KeptBytes ?? 0)
                news.Add(next);
            sent.Add(new SentReply(message, news));
            return news;
        }
    }

    /// <summary>Ends long polls that have lasted their time.</summary>
    /// <param name="now">The time, a timestamp.</param>
    /// <param name="longest">The longest time, in ticks.</param>
    /// <param name="unresponsive">For how many ticks the node was unresponsive since the last sweep: that time is no silence.</param>
    public void Sweep(long now, long longest, long unresponsive)
    {
        List<TaskCompletionSource> ended = [];
        lock (gate)
        {
            heardAt = Math.Min(now, heardAt + unresponsive);
            if (polls.Count > 0)
                heardAt = now; // its client waits for the reply
            while (polls.Count > 0 && now - polls[0].Since >= longest)
                ended.Add(EndOldest());
        }

        ended.ForEach(static wake => wake.SetResult());
    }

    /// <summary>Whether the client no longer waits for the reply to a message.</summary>
    private bool IsGivenUp(ulong message) => message < newest && !open.Contains(message);

    /// <summary>Forgets the news that the client has, and takes back those in replies that it no longer waits for.</summary>
    private void Settle(SessionMessage message)
    {
        var lost = sent.FindAll(reply => message.GivenUp.Contains(reply.Message));
        if (lost.Count > 0)
            waiting = new(lost.SelectMany(static reply => reply.News).Concat(waiting));
        sent.RemoveAll(reply => !message.Open.Contains(reply.Message));
    }

    private TaskCompletionSource EndOldest()
    {
        var oldest = polls[0];
        polls.RemoveAt(0);
        return oldest.Wake;
    }

    private readonly record struct Poll(ulong Message, long Since, TaskCompletionSource Wake);

    private readonly record struct SentReply(ulong Message, IReadOnlyList<SessionNews> News);
}
