using System.Globalization;

namespace Handler.Bench.Measuring;

/// <summary>Memory of a process as the kernel accounts for it.</summary>
internal static class ProcessMemory
{
    /// <summary>Private memory, clean and dirty, in bytes: the cost of one additional worker.</summary>
    public static long PrivateBytes(int processId) => File.ReadLines($"/proc/{processId}/smaps_rollup")
        .Select(line => line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        .Where(words => words is ["Private_Clean:" or "Private_Dirty:", _, "kB"])
        .Sum(words => long.Parse(words[1], CultureInfo.InvariantCulture) * 1024);
}
