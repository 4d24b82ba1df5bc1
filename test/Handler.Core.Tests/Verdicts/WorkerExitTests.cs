using Handler.Platform;
using Handler.Verdicts;

namespace Handler.Tests.Verdicts;

/// <summary>How messages tell that a worker has exited.</summary>
public sealed class WorkerExitTests
{
    [Theory]
    [InlineData(3, null, "it exited with code 3")]
    [InlineData(null, 6, "signal 6 (SIGABRT) ended it")]
    [InlineData(null, null, "its exit status is not known")]
    public void The_exit_code_or_the_signal_is_named(int? code, int? signal, string how)
        => Assert.Equal(how, WorkerExit.How(null, new ExitStatus(code, signal, CpuNanoseconds: 0)));

    [Fact]
    public void A_worker_that_this_node_killed_exited_for_the_reason_of_the_kill()
        => Assert.Equal("Lost: it was not ready", WorkerExit.How(new JobLost("it was not ready"), new ExitStatus(null, 9, 0)));

    [Theory]
    [InlineData("", "")]
    [InlineData(" \n", "")]
    [InlineData("why\n", " It wrote: why")]
    public void What_it_wrote_is_a_sentence(string text, string sentence) => Assert.Equal(sentence, WorkerExit.Wrote(text));
}
