using System.Diagnostics;
using System.IO.MemoryMappedFiles;

namespace Handler.Bench.Peers.DotNet;

/// <summary>
/// A page of memory into which a busy loop writes the time, so that its caller sees when it really stopped, in whichever process it runs.
/// </summary>
internal sealed class Heartbeat : IDisposable
{
    private static readonly TimeSpan Silence = TimeSpan.FromMilliseconds(500);

    private readonly MemoryMappedFile file;
    private readonly MemoryMappedViewAccessor page;

    public Heartbeat()
    {
        Path = System.IO.Path.GetTempFileName();
        file = MemoryMappedFile.CreateFromFile(Path, FileMode.Open, mapName: null, sizeof(long));
        page = file.CreateViewAccessor(0, sizeof(long));
    }

    public string Path { get; }

    /// <summary>Writes the time in a loop that never ends by itself, and that calls nothing through which it could be stopped.</summary>
    public static unsafe int Spin(string path)
    {
        using var file = MemoryMappedFile.CreateFromFile(path, FileMode.Open);
        using var page = file.CreateViewAccessor(0, sizeof(long));
        byte* time = null;
        page.SafeMemoryMappedViewHandle.AcquirePointer(ref time);
        while (true)
            Volatile.Write(ref *(long*)time, Stopwatch.GetTimestamp());
    }

    /// <summary>The time from <paramref name="start"/> until the loop stopped; <see langword="null"/> if it runs on.</summary>
    public async Task<TimeSpan?> StoppedAsync(long start)
    {
        await Task.Delay(Silence);
        var last = page.ReadInt64(0);
        if (last == 0)
            throw new InvalidOperationException("The busy loop did not start.");
        return Stopwatch.GetElapsedTime(last) < Silence / 2 ? null : Stopwatch.GetElapsedTime(start, last);
    }

    public void Dispose()
    {
        page.Dispose();
        file.Dispose();
        File.Delete(Path);
    }
}
