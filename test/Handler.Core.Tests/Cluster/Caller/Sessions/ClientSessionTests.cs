using Handler.Cluster;
using Handler.Infrastructure;
using Handler.Pools;
using Microsoft.Extensions.Time.Testing;

namespace Handler.Tests.Cluster;

/// <summary>What a client sends to its nodes, and what its callers learn.</summary>
public sealed class ClientSessionTests
{
    private static readonly TimeSpan Step = Tuning.Callers.FindInterval;

    private readonly FakeTimeProvider time = new();
    private readonly ScriptedLink link = new();
    private readonly List<string> failures = [];
    private readonly ClientSessions sessions;
    private ulong jobs;

    public ClientSessionTests()
    {
        var background = new BackgroundWork((work, exception) => failures.Add($"{work}: {exception}"));
        sessions = new ClientSessions(link, background, time, first: 0);
    }

    [Fact]
    public async Task A_single_job_leaves_immediately_and_its_caller_gets_the_news()
    {
        var news = SubmitFirst(out var job);
        Assert.Equal(job, Assert.Single(Assert.Single(link.Open).Message.Jobs).Call);
        link.Open[0].Answer(Ended(job));
        Assert.Equal(CallState.Ended, (await Wait.For(news)).State);
        Assert.Empty(link.Open); // nothing is followed any longer
    }

    [Fact]
    public async Task Jobs_that_come_while_messages_are_under_way_share_the_next_one()
    {
        _ = SubmitFirst(out _);
        for (var i = 1; i < Tuning.Sessions.MaxUnderWay; i++)
            _ = Submit(out _);
        Assert.Equal(Tuning.Sessions.MaxUnderWay, link.Open.Count);
        var waiting = Enumerable.Range(0, 10).Select(i => Submit(out CallId _)).ToList();
        Assert.Equal(Tuning.Sessions.MaxUnderWay, link.Open.Count);
        link.Open[0].Answer();
        var shared = link.Open[^1];
        Assert.Equal(10, shared.Message.Jobs.Count);
        shared.Answer([.. shared.Message.Jobs.Select(job => Ended(job.Call))]);
        foreach (var news in waiting)
            Assert.Equal(CallState.Ended, (await Wait.For(news)).State);
    }

    [Fact]
    public void A_large_message_leaves_the_rest_to_the_next_one()
    {
        _ = SubmitFirst(out _);
        for (var i = 1; i < Tuning.Sessions.MaxUnderWay; i++)
            _ = Submit(out _);
        for (var i = 0; i < 3; i++)
            _ = Submit(out _, bytes: Tuning.Sessions.MaxMessageBytes);
        link.Open[0].Answer();
        Assert.Single(link.Open[^1].Message.Jobs);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(10_000)]
    public void Jobs_that_run_cost_one_message_at_a_time_however_many_they_are(int running)
    {
        _ = SubmitFirst(out _);
        for (var i = 1; i < running; i++)
            _ = Submit(out _);
        while (link.Open.Exists(static sent => sent.Message.Jobs.Count > 0))
            link.Open.First(static sent => sent.Message.Jobs.Count > 0).Answer();
        var before = link.All.Count;
        for (var second = 1; second <= 60; second++)
        {
            Assert.Single(link.Open).Answer(); // a long poll of a second
            Assert.Equal(before + second, link.All.Count);
        }

        Assert.Equal(0, link.Open[0].Message.Jobs.Count + link.Open[0].Message.Followed.Count);
    }

    [Fact]
    public async Task Only_the_jobs_of_a_lost_message_are_in_doubt()
    {
        var first = SubmitFirst(out var job);
        var second = Submit(out _);
        link.Open[1].Fail(new IOException("lost"));
        await Assert.ThrowsAsync<IOException>(() => Wait.For(second));
        Assert.False(first.IsCompleted);
        link.Open[0].Answer(Ended(job));
        Assert.Equal(CallState.Ended, (await Wait.For(first)).State);
    }

    [Fact]
    public async Task Each_message_says_which_replies_are_awaited_and_which_were_given_up()
    {
        var first = SubmitFirst(out var job);
        _ = Submit(out _);
        Assert.Equal([1UL], link.Open[1].Message.Open);
        link.Open[1].Answer(); // both jobs run
        link.Open[0].Fail(new IOException("the reply was lost, perhaps with news"));
        await Assert.ThrowsAsync<IOException>(() => Wait.For(first));
        var end = sessions.WatchAsync(ScriptedLink.One, job); // a node has it
        var following = Assert.Single(link.Open);
        Assert.Equal((3UL, 0, 1UL), (following.Message.Number, following.Message.Open.Count, Assert.Single(following.Message.GivenUp)));
        _ = Submit(out _);
        Assert.Equal([1UL], link.Open[1].Message.GivenUp); // no reply shows yet that the node knows it
        following.Answer(Ended(job));
        Assert.Equal(CallState.Ended, (await Wait.For(end)).State);
        _ = Submit(out _);
        Assert.Empty(link.Open[^1].Message.GivenUp);
    }

    [Fact]
    public async Task A_reply_that_cannot_be_read_fails_its_callers_and_is_not_asked_for_again()
    {
        var news = SubmitFirst(out _);
        link.Open[0].Fail(new UnreadableException());
        await Assert.ThrowsAsync<UnreadableException>(() => Wait.For(news));
        _ = Submit(out _);
        Assert.Empty(link.Open[^1].Message.GivenUp);
    }

    [Fact]
    public async Task The_callers_of_a_node_that_is_silent_for_too_long_learn_it_and_the_next_job_goes_elsewhere()
    {
        var first = SubmitFirst(out _, ScriptedLink.One, ScriptedLink.Two);
        var silent = link.Open[0].Node;
        link.Open[0].Answer(); // the job runs
        await time.PassAsync(NodeTimings.Listening);
        link.Open[0].Fail(new TimeoutException("no reply"));
        await Assert.ThrowsAsync<TimeoutException>(() => Wait.For(first));
        for (var i = 0; i < 4; i++)
        {
            _ = Submit(out _);
            Assert.NotEqual(silent, link.Open.FindLast(static sent => sent.Message.Jobs.Count > 0)!.Node);
        }

        var probe = link.Open.Find(sent => sent.Node == silent)!; // as long as there are jobs that it could run, it is asked
        Assert.True(probe.Message.IsProbe);
        Assert.Empty(probe.Message.Jobs);
        probe.Answer();
        for (var i = 0; i < 2; i++)
            _ = Submit(out _);
        Assert.Contains(link.Open, sent => sent.Node == silent && sent.Message.Jobs.Count > 0);
    }

    [Fact]
    public async Task Jobs_sent_to_a_node_that_is_gone_have_not_left_and_its_other_callers_ask_all_nodes()
    {
        var first = SubmitFirst(out _, ScriptedLink.One);
        link.Open[0].Answer(); // the job runs
        var second = Submit(out _);
        link.Open.Find(static sent => sent.Message.Jobs.Count > 0)!.AnswerThatNodeIsGone(2, ScriptedLink.Two);
        await Assert.ThrowsAsync<NoNodeException>(() => Wait.For(second));
        await Assert.ThrowsAsync<IOException>(() => Wait.For(first));
        _ = Submit(out _);
        Assert.Equal(ScriptedLink.Two, link.All[^1].Node);
    }

    [Fact]
    public async Task Jobs_that_wait_for_a_silent_node_have_not_left()
    {
        var sent = SubmitFirst(out _, ScriptedLink.One);
        for (var i = 1; i < Tuning.Sessions.MaxUnderWay; i++)
            _ = Submit(out _);
        var waiting = Submit(out var job);
        await time.PassAsync(NodeTimings.Listening);
        link.Open[0].Fail(new TimeoutException("no reply"));
        await Assert.ThrowsAsync<TimeoutException>(() => Wait.For(sent));
        await Assert.ThrowsAsync<NoNodeException>(() => Wait.For(waiting));
        await time.PassAsync(Step);
        Assert.DoesNotContain(link.All, message => message.Message.Jobs.Any(each => each.Call == job));
    }

    [Fact]
    public async Task A_call_that_another_node_has_is_followed_there()
    {
        var news = SubmitFirst(out var job, ScriptedLink.One);
        link.Open[0].Answer(new SessionNews(job, new CallReply(CallState.Admitted, ScriptedLink.Two)));
        Assert.Equal(ScriptedLink.Two, (await Wait.For(news)).Node);
        Assert.Empty(link.Open);
        var end = sessions.WatchAsync(ScriptedLink.Two, job);
        var followed = Assert.Single(link.Open);
        Assert.Equal((ScriptedLink.Two, job), (followed.Node, Assert.Single(followed.Message.Followed)));
        followed.Answer(new SessionNews(job, new CallReply(CallState.Ended, ScriptedLink.Two)));
        Assert.Equal(CallState.Ended, (await Wait.For(end)).State);
    }

    [Fact]
    public async Task News_that_comes_before_its_caller_asks_is_kept_for_it()
    {
        var admitted = SubmitFirst(out var job);
        link.Open[0].Answer(new SessionNews(job, new CallReply(CallState.Admitted, ScriptedLink.One)));
        Assert.Equal(CallState.Admitted, (await Wait.For(admitted)).State);
        link.Open[0].Answer(Ended(job));
        Assert.Equal(CallState.Ended, (await Wait.For(sessions.WatchAsync(ScriptedLink.One, job))).State);
        Assert.Empty(link.Open);
    }

    [Fact]
    public async Task A_client_that_knows_no_node_asks_once_for_all_callers()
    {
        var first = Submit(out _);
        var second = Submit(out _);
        Assert.Equal(1, link.Questions);
        link.FailQuestion(new IOException("no gateway"));
        await Assert.ThrowsAsync<NoNodeException>(() => Wait.For(first));
        await Assert.ThrowsAsync<NoNodeException>(() => Wait.For(second));
    }

    [Fact]
    public void Jobs_go_to_nodes_that_join_and_no_longer_to_nodes_that_leave()
    {
        _ = SubmitFirst(out _, ScriptedLink.One);
        link.Open[0].AnswerWithNodes(2, ScriptedLink.Two);
        for (var i = 0; i < 4; i++)
        {
            _ = Submit(out _);
            Assert.Equal(ScriptedLink.Two, link.All[^1].Node);
        }
    }

    [Fact]
    public void An_older_list_of_nodes_does_not_count()
    {
        _ = SubmitFirst(out _, ScriptedLink.One);
        link.Open[0].AnswerWithNodes(0, ScriptedLink.Two);
        _ = Submit(out _);
        Assert.Equal(ScriptedLink.One, link.All[^1].Node);
    }

    private Task<CallReply> SubmitFirst(out CallId call, params ReadOnlySpan<NodeId> nodes)
    {
        var news = Submit(out call);
        link.AnswerQuestion(nodes.Length == 0 ? [ScriptedLink.One] : nodes.ToArray());
        return news;
    }

    private Task<CallReply> Submit(out CallId call, int bytes = 0)
    {
        call = new CallId(1, ++jobs);
        return sessions.SubmitAsync(new JobRequest { Call = call, Options = new JobOptions(), Function = new byte[bytes] });
    }

    private sealed class UnreadableException : Exception, IUnreadableReply;

    private static SessionNews Ended(CallId call) => new(call, new CallReply(CallState.Ended, ScriptedLink.One));
}
