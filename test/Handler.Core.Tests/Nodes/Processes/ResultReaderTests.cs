using Handler.Functions;
using Handler.Nodes;

namespace Handler.Tests.Nodes;

/// <summary>The thread that reads the large results of a worker.</summary>
public sealed class ResultReaderTests
{
    private static readonly byte[] Value = [1];

    [Fact]
    public void A_result_is_left_to_the_workers_thread_if_the_system_refuses_a_reader_thread()
    {
        var refuse = true;
        var reader = new ResultReader(
            run =>
            {
                if (refuse)
                    throw new IOException("no more threads");
                Start(run);
            },
            _ => { });
        using var job = new RecordingJob(() => { });
        Assert.False(reader.TryTake(job, Value, new JobUsage(), null));
        refuse = false;
        Assert.True(reader.TryTake(job, Value, new JobUsage(), null));
        Assert.Equal(ResultReader.ThreadName, job.ReleasedOn());
    }

    [Fact]
    public async Task The_next_result_waits_until_the_last_one_is_read()
    {
        var reader = new ResultReader(Start, _ => { });
        using var gate = new ManualResetEventSlim();
        using var first = new RecordingJob(gate.Wait);
        using var second = new RecordingJob(() => { });
        Assert.True(reader.TryTake(first, Value, new JobUsage(), null));
        var next = Task.Factory.StartNew(() => reader.TryTake(second, Value, new JobUsage(), null), TaskCreationOptions.LongRunning);
        await Wait.Until(() => first.IsRead, "the first result is not read");
        Assert.False(next.IsCompleted);
        gate.Set();
        Assert.True(await Wait.For(next));
        Assert.Equal(ResultReader.ThreadName, second.ReleasedOn());
    }

    [Fact]
    public void An_exception_while_a_result_is_read_is_reported_and_the_next_result_is_read()
    {
        using var told = new BlockingExceptions();
        var reader = new ResultReader(Start, told.Add);
        using var bad = new RecordingJob(() => throw new InvalidOperationException("an error"));
        using var good = new RecordingJob(() => { });
        Assert.True(reader.TryTake(bad, Value, new JobUsage(), null));
        Assert.True(reader.TryTake(good, Value, new JobUsage(), null));
        Assert.Equal(ResultReader.ThreadName, good.ReleasedOn());
        Assert.Equal("an error", told.Take().Message);
    }

    private static void Start(ThreadStart run) => new Thread(run) { IsBackground = true, Name = ResultReader.ThreadName }.Start();

    private sealed class BlockingExceptions : IDisposable
    {
        private readonly System.Collections.Concurrent.BlockingCollection<Exception> exceptions = [];

        public void Add(Exception exception) => exceptions.Add(exception);

        public Exception Take()
            => exceptions.TryTake(out var exception, TimeSpan.FromSeconds(30))
                ? exception
                : throw new TimeoutException("No error was reported.");

        public void Dispose() => exceptions.Dispose();
    }

    private sealed class RecordingJob(Action read)
        : Job(1, new EncodedFunction(Value, new FunctionRunTimes()), new JobLimits(), 0),
            IDisposable
    {
        private readonly ManualResetEventSlim released = new();
        private string? releasedOn;
        private volatile bool isRead;

        public bool IsRead => isRead;

        public string? ReleasedOn()
            => released.Wait(TimeSpan.FromSeconds(30)) ? releasedOn : throw new TimeoutException("The job was not released.");

        public override void SetValue(ReadOnlySpan<byte> result, JobUsage usage, JobOutput? output)
        {
            isRead = true;
            read();
        }

        public override void SetFailure(JobFailure verdict, JobUsage? usage, JobOutput? output)
        {
        }

        protected internal override void Complete()
        {
            releasedOn = Thread.CurrentThread.Name;
            released.Set();
        }

        public void Dispose() => released.Dispose();
    }
}
