using Handler.Platform;

namespace Handler.Tests.Platform;

public sealed class ProcEntriesTests
{
    [Fact]
    public void A_thread_is_listed_by_the_name_that_the_kernel_shows()
    {
        const string Name = "a name that the kernel cuts";
        using var running = new ManualResetEventSlim();
        using var end = new ManualResetEventSlim();
        var thread = new Thread(() =>
        {
            running.Set();
            end.Wait();
        })
        { Name = Name };
        thread.Start();
        running.Wait();
        Assert.True(ProcEntries.HasThread(Name[..15]));
        Assert.False(ProcEntries.HasThread(Name));
        end.Set();
        thread.Join();
    }

    [Fact]
    public void A_thread_that_does_not_exist_has_no_name() => Assert.Null(ProcEntries.ThreadName(int.MaxValue));

    [Fact]
    public void An_open_descriptor_is_listed()
    {
        using var file = File.OpenHandle("/dev/zero");
        Assert.Contains((int)file.DangerousGetHandle(), ProcEntries.Descriptors()!);
    }

    [Fact]
    public void The_main_thread_has_the_number_of_its_process() => Assert.Contains(Environment.ProcessId, ProcEntries.Threads()!);
}
