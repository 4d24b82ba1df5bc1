using System.Text;
using Handler.Infrastructure;
using Handler.Nodes;
using Handler.Platform;

namespace Handler.Tests.Nodes;

/// <summary>What is kept of a worker's output, and which job gets it.</summary>
public sealed class WorkerOutputTests
{
    private static readonly Job Capturing = new TestJob(1, options: new JobOptions { CaptureOutput = true });
    private static readonly Job Plain = new TestJob(2);

    private readonly Dictionary<OutputStream, Queue<byte>> pipes = new() { [OutputStream.Output] = [], [OutputStream.Error] = [] };
    private readonly ScriptedWorker process = new(1, static (_, _) => { });
    private readonly WorkerOutput output = new();

    public WorkerOutputTests() => process.Output = (stream, count) => [.. Dequeue(pipes[stream], count)];

    [Fact]
    public void Output_is_taken_by_stream()
    {
        Write(OutputStream.Output, "out");
        Write(OutputStream.Error, "err");
        output.Take(process, OutputStream.Output);
        Assert.Equal(new JobOutput("out", "", false), output.Of(Capturing, completed: true));
        output.Take(process, OutputStream.Error);
        Assert.Equal(new JobOutput("out", "err", false), output.Of(Capturing, completed: true));
        Assert.Equal("err", output.ErrorText);
    }

    [Fact]
    public void Everything_that_the_pipe_can_hold_is_taken_and_no_more()
    {
        Write(OutputStream.Output, new string('a', Tuning.Workers.OutputBytes) + "rest");
        output.Take(process, OutputStream.Output);
        Assert.Equal("rest", Encoding.UTF8.GetString([.. pipes[OutputStream.Output]]));
        Assert.False(output.Of(Capturing, completed: true)!.Truncated);
    }

    [Fact]
    public void The_end_of_each_stream_is_kept()
    {
        Write(OutputStream.Error, "begin" + new string('a', Tuning.Workers.OutputBytes - 3) + "end");
        output.TakeRest(process);
        var kept = output.Of(Plain, completed: false)!;
        Assert.Equal((Tuning.Workers.OutputBytes, true), (kept.StandardError.Length, kept.Truncated));
        Assert.EndsWith("end", kept.StandardError);
    }

    [Fact]
    public void The_output_before_an_exit_is_taken_from_both_streams_but_not_endlessly()
    {
        var read = 0;
        process.Output = (_, count) =>
        {
            read += count;
            return new byte[count]; // another process keeps writing
        };
        output.TakeRest(process);
        Assert.InRange(read, 2 * Tuning.Workers.MaxOutputAfterExit, 2 * (Tuning.Workers.MaxOutputAfterExit + (16 << 10)));
    }

    [Fact]
    public void Short_parts_after_an_exit_are_all_taken()
    {
        Write(OutputStream.Output, "abc");
        process.Output = (stream, _) => [.. Dequeue(pipes[stream], 1)];
        output.TakeRest(process);
        Assert.Equal("abc", output.Of(Capturing, completed: true)!.StandardOutput);
    }

    [Fact]
    public void A_job_gets_output_if_it_captures_it_or_has_failed_and_there_is_some()
    {
        Assert.Equal(new JobOutput("", "", false), output.Of(Capturing, completed: true));
        Assert.Null(output.Of(Plain, completed: false));
        Write(OutputStream.Error, "err");
        output.Take(process, OutputStream.Error);
        Assert.Null(output.Of(Plain, completed: true));
        Assert.Equal("err", output.Of(Plain, completed: false)!.StandardError);
    }

    [Fact]
    public void Output_that_was_cleared_belongs_to_no_later_job()
    {
        Write(OutputStream.Output, "out");
        Write(OutputStream.Error, "Process terminated. why\n");
        output.TakeRest(process);
        Assert.Contains("why", output.LastWords);
        output.Clear();
        output.Clear();
        Assert.Equal(("", ""), (output.ErrorText, output.LastWords));
        Assert.Null(output.Of(Plain, completed: false));
        Assert.Equal(new JobOutput("", "", false), output.Of(Capturing, completed: true));
    }

    [Fact]
    public void Last_words_are_found_on_the_error_stream_only()
    {
        Write(OutputStream.Output, "Process terminated. why\n");
        output.TakeRest(process);
        Assert.Equal("", output.LastWords);
    }

    private static IEnumerable<byte> Dequeue(Queue<byte> pipe, int count)
    {
        for (; count > 0 && pipe.TryDequeue(out var next); count--)
            yield return next;
    }

    private void Write(OutputStream stream, string text)
    {
        foreach (var each in Encoding.UTF8.GetBytes(text))
            pipes[stream].Enqueue(each);
    }
}
