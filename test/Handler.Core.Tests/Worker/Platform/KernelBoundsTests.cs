using Handler.BadJobs;

namespace Handler.Tests.Platform;

/// <summary>
/// Limits that the kernel enforces for each worker and the processes that it starts: the size of a file, and the number of descriptors.
/// </summary>
public sealed class KernelBoundsTests
{
    [Fact]
    public async Task A_file_larger_than_MaxFileBytes_ends_the_job_with_the_reason()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("large");
        await using var node = await TestNode.StartAsync(static options => options.Hardening.MaxFileBytes = 8 << 20);
        Assert.True((await node.Run(() => File.WriteAllBytes(path, new byte[7 << 20]))).IsSuccess);
        var exited = Assert.IsType<JobExited>((await node.Run(() => File.WriteAllBytes(path, new byte[9 << 20]))).Failure);
        Assert.Equal(25, exited.Signal);
        Assert.Contains("Hardening.MaxFileBytes", exited.Message);
        Assert.Equal(25, Assert.IsType<JobExited>((await node.Run(static () => MappedFiles.FillMemoryFile(9))).Failure).Signal);
        Assert.True((await node.Run(static () => new byte[9 << 20].Length)).IsSuccess); // neither memory nor a result is a file
    }

    [Fact]
    public async Task A_job_cannot_exceed_MaxOpenFiles_and_the_next_job_can_open_files_again()
    {
        await using var node = await TestNode.StartAsync(static options => (options.MaxWorkers, options.Hardening.MaxOpenFiles) = (1, 100));
        Assert.InRange((await node.Run(OpenAll)).GetValueOrThrow(), 20, 100);
        Assert.InRange((await node.Run(OpenAll)).GetValueOrThrow(), 20, 100);
    }

    private static int OpenAll()
    {
        var open = new List<FileStream>();
        try
        {
            while (true)
                open.Add(new FileStream("/dev/null", FileMode.Open));
        }
        catch (IOException)
        {
            return open.Count;
        }
        finally
        {
            open.ForEach(static file => file.Dispose());
        }
    }
}
