using Handler.Cluster;
using Handler.Pools;

namespace Handler.Tests.Cluster;

/// <summary>Keeps the messages of a client; the test replies to them.</summary>
internal sealed class ScriptedLink : ISessionLink
{
    public static readonly NodeId One = new("one"), Two = new("two");

    private readonly List<Sent> sent = [];
    private readonly List<TaskCompletionSource<KnownNodes>> questions = [];

    public IReadOnlyList<Sent> All => sent;

    /// <summary>The messages that have no reply yet.</summary>
    public List<Sent> Open => sent.FindAll(static message => !message.IsAnswered);

    /// <summary>How often it was asked for the nodes.</summary>
    public int Questions => questions.Count;

    public Task<KnownNodes> GetNodesAsync()
    {
        questions.Add(new TaskCompletionSource<KnownNodes>());
        return questions[^1].Task;
    }

    public void AnswerQuestion(params NodeId[] nodes) => Complete(() => questions[^1].SetResult(new KnownNodes(1, nodes)));

    public void FailQuestion(Exception exception) => Complete(() => questions[^1].SetException(exception));

    public Task<SessionReply> ExchangeAsync(NodeId node, SessionMessage message)
    {
        var one = new Sent(node, message);
        sent.Add(one);
        return one.Reply;
    }

    /// <summary>A message that is under way.</summary>
    internal sealed class Sent(NodeId node, SessionMessage message)
    {
        private readonly TaskCompletionSource<SessionReply> reply = new();

        public NodeId Node => node;

        public SessionMessage Message => message;

        public Task<SessionReply> Reply => reply.Task;

        public bool IsAnswered => reply.Task.IsCompleted;

        /// <summary>What the client sends then is sent when this returns.</summary>
        public void Answer(params SessionNews[] news) => Complete(() => reply.SetResult(new SessionReply(node, news)));

        public void AnswerWithNodes(long version, params NodeId[] nodes)
            => Complete(() => reply.SetResult(new SessionReply(node, [], new KnownNodes(version, nodes))));

        public void AnswerThatNodeIsGone(long version, params NodeId[] nodes)
            => Complete(() => reply.SetResult(new SessionReply(node, [], new KnownNodes(version, nodes), NodeIsGone: true)));

        public void Fail(Exception exception) => Complete(() => reply.SetException(exception));

    }

    /// <summary>
    /// Completes a reply on a thread without a synchronization context: what waits for it continues on that thread, and has come to its
    /// next wait when this returns.
    /// </summary>
    private static void Complete(Action complete)
    {
        var thread = new Thread(() => complete());
        thread.Start();
        thread.Join();
    }
}
