using System.Globalization;
using System.Runtime.InteropServices;

namespace Handler.Bench.Output;

/// <summary>The machine on which the figures were measured. Without it the figures mean nothing.</summary>
/// <param name="Cpu">The processor's model.</param>
/// <param name="Cores">The number of cores that this process may use.</param>
/// <param name="Kernel">The kernel's release.</param>
/// <param name="Runtime">The .NET runtime.</param>
/// <param name="Date">When the run began.</param>
/// <param name="LoadAverage">The load average of the minute before the run began.</param>
internal sealed record Machine(string Cpu, int Cores, string Kernel, string Runtime, DateTimeOffset Date, double LoadAverage)
{
    /// <summary>Above this load something else is running, and the figures cannot be trusted.</summary>
    public const double QuietLoad = 0.5;

    public bool IsQuiet => LoadAverage <= QuietLoad;

    public static Machine Read() => new(
        CpuModel(),
        Environment.ProcessorCount,
        File.ReadAllText("/proc/sys/kernel/osrelease").Trim(),
        $"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.RuntimeIdentifier}",
        TimeProvider.System.GetUtcNow(),
        double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture));

    // Absent on arm64, where the kernel reports no name.
    private static string CpuModel() => File.ReadLines("/proc/cpuinfo")
        .Where(line => line.StartsWith("model name", StringComparison.Ordinal))
        .Select(line => line[(line.IndexOf(':') + 1)..].Trim())
        .FirstOrDefault("unknown processor");
}
