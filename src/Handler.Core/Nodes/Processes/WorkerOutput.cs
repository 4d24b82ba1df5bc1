using Handler.Infrastructure;
using Handler.Platform;
using Handler.Verdicts;

namespace Handler.Nodes;

/// <summary>What a worker has written to its standard output and error since it last had no job: the end of each stream.</summary>
internal sealed class WorkerOutput
{
    private readonly OutputTail output = new(Tuning.Workers.OutputBytes);
    private readonly OutputTail error = new(Tuning.Workers.OutputBytes);
    private readonly LastWords lastWords = new();
    private readonly byte[] buffer = new byte[16 << 10];

    /// <summary>The end of its standard error.</summary>
    public string ErrorText => error.ToString();

    /// <summary>What it reported when it crashed.</summary>
    public string LastWords => lastWords.ToString();

    /// <summary>
    /// Takes as much as the pipe can hold, so that no output written before a response is left in it when that response is
    /// taken. Such output would be missing from this job, and be attributed to the next.
    /// </summary>
    public void Take(IWorkerProcess process, OutputStream stream)
    {
        for (var taken = 0; taken < Tuning.Workers.OutputBytes;)
        {
            var count = Read(process, stream);
            if (count < buffer.Length)
                return;
            taken += count;
        }
    }

    /// <summary>
    /// Takes the output that the process wrote before it exited. Bounded, because another process may hold the pipe and keep writing.
    /// </summary>
    public void TakeRest(IWorkerProcess process)
    {
        TakeRest(process, OutputStream.Output);
        TakeRest(process, OutputStream.Error);
    }

    /// <summary>Forgets everything, so that it is not attributed to a later job.</summary>
    public void Clear()
    {
        if (output.IsEmpty && error.IsEmpty)
            return;
        output.Clear();
        error.Clear();
        lastWords.Clear();
    }

    /// <summary>The output to report for a job; <see langword="null"/> if its caller does not want any.</summary>
    public JobOutput? Of(Job job, bool completed)
    {
        var wanted = job.Limits.CaptureOutput || (!completed && !(output.IsEmpty && error.IsEmpty));
        return wanted ? new JobOutput(output.ToString(), error.ToString(), output.Truncated || error.Truncated) : null;
    }

    private void TakeRest(IWorkerProcess process, OutputStream stream)
    {
        for (var taken = 0; taken < Tuning.Workers.MaxOutputAfterExit;)
        {
            var count = Read(process, stream);
            if (count == 0)
                return;
            taken += count;
        }
    }

    private int Read(IWorkerProcess process, OutputStream stream)
    {
        var count = process.ReadOutput(stream, buffer);
        var part = buffer.AsSpan(0, count);
        if (stream == OutputStream.Output)
        {
            output.Append(part);
        }
        else
        {
            error.Append(part);
            lastWords.Append(part);
        }

        return count;
    }
}
