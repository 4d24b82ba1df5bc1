using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Handler.Nodes;
using Handler.Platform;
using Handler.Verdicts;

namespace Handler.Cli;

/// <summary>Tries what this machine supports.</summary>
internal static class Examination
{
    public static async Task<Report> RunAsync(CancellationToken cancellationToken)
    {
        List<Fact> facts =
        [
            new("operating system", RuntimeInformation.OSDescription),
            new("architecture", RuntimeInformation.OSArchitecture.ToString()),
            new("runtime", $"{RuntimeInformation.FrameworkDescription} ({RuntimeInformation.RuntimeIdentifier})"),
            new("processors", Environment.ProcessorCount.ToString()),
        ];
        var platform = new LinuxPlatform();
        if (platform.WhyUnsupported() is { } why)
            return new Report(false, facts, [new Check("platform", false, why)], [], []);

        List<Check> checks = [new("platform", true, "Linux with pidfd")];
        var (layers, hardening) = Layers(platform);
        try
        {
            await TryJobsAsync(checks, facts, cancellationToken);
        }
        catch (WorkerStartException exception)
        {
            checks.Add(new("a worker starts", false, exception.Message));
        }

        hardening.Add(await TryStrictAsync(cancellationToken));
        return new Report(checks.All(check => check.Good), facts, checks, layers, hardening);
    }

    private static async Task TryJobsAsync(List<Check> checks, List<Fact> facts, CancellationToken cancellationToken)
    {
        var log = new ReadyTimeLogger();
        await using var handler = await EmbeddedHandler.StartAsync(
            options =>
            {
                options.MaxWorkers = 2;
                options.SpareWorkers = 3;
            },
            log,
            cancellationToken);
        checks.Add(new("a worker starts", true, ""));

        var sum = await handler.RunAsync(() => Enumerable.Range(1, 100).Sum(), cancellationToken: cancellationToken);
        checks.Add(new("a job runs", sum.TryGetValue(out var value) && value == 5050, Describe(sum)));
        var slow = await handler.RunAsync(
            () =>
            {
                while (true)
                    Thread.SpinWait(10);
            },
            new JobLimits { Timeout = TimeSpan.FromMilliseconds(100) },
            cancellationToken);
        checks.Add(new("a busy loop times out", slow.Failure is JobTimedOut, Describe(slow)));
        var large = await handler.RunAsync(
            () => new List<byte[]>(Enumerable.Range(0, 1000).Select(_ => new byte[100_000])).Count,
            new JobLimits { MaxHeapBytes = 10 << 20 },
            cancellationToken);
        checks.Add(
            new(
                "a job out of memory",
                large.Failure is JobOutOfMemory,
                large.Failure is JobOutOfMemory { Source: var source } ? $"{large.Message} (seen by: {source})" : Describe(large)));
        var native = await handler.RunAsync(
            () =>
            {
                unsafe
                {
                    var block = NativeMemory.Alloc(512 << 20);
                    NativeMemory.Fill(block, 512 << 20, 1);
                }

                Thread.Sleep(10_000);
            },
            new JobLimits { MaxHeapBytes = 10 << 20 },
            cancellationToken);
        checks.Add(
            new(
                "a job out of native memory",
                native.Failure is JobOutOfMemory,
                native.Failure is JobOutOfMemory { Source: var seenBy } ? $"{native.Message} (seen by: {seenBy})" : Describe(native)));
        facts.Add(new("worker ready after", Describe(log.Milliseconds)));
    }

    private static (IReadOnlyList<Layer> Memory, List<Layer> Hardening) Layers(LinuxPlatform platform)
    {
        var asked = HardeningNeeds.Everything;
        var groups = platform.OpenControlGroups(ControlGroupMode.Auto, asked.GroupLimits.Controllers);
        try
        {
            return (
                [.. MemoryLayers.Of(groups).Select(layer => new Layer(layer.Source.ToString(), layer.Active, layer.Detail))],
                [
                    .. HardeningNeeds.Of(asked, groups)
                        .Select(need => new Layer(need.Option, need.WhyNot is null, need.WhyNot ?? "this machine has what it needs")),
                ]);
        }
        finally
        {
            groups.Close();
        }
    }

    /// <summary>Runs a job under the strict options.</summary>
    private static async Task<Layer> TryStrictAsync(CancellationToken cancellationToken)
    {
        const string Name = nameof(HardeningOptions.UseStrict);
        try
        {
            await using var handler = await EmbeddedHandler.StartAsync(
                static options => options.Hardening.UseStrict(), cancellationToken: cancellationToken);
            var outcome = await handler.RunAsync(static () => 1, cancellationToken: cancellationToken);
            return new Layer(Name, outcome.IsSuccess, Describe(outcome));
        }
        catch (Exception exception) when (exception is WorkerStartException or PlatformNotSupportedException)
        {
            return new Layer(Name, false, exception.Message);
        }
    }

    private static string Describe(JobOutcome outcome)
        => outcome.Usage is { } usage ? $"{outcome.Message} ({usage.RunTime.TotalMilliseconds:0.0} ms)" : outcome.Message;

    private static string Describe(ConcurrentQueue<double> milliseconds) =>
        $"{milliseconds.Order().ElementAtOrDefault(milliseconds.Count / 2):0} ms (median of {milliseconds.Count} starts, "
            + $"{milliseconds.DefaultIfEmpty().Min():0} to {milliseconds.DefaultIfEmpty().Max():0})";
}
