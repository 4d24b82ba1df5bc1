using System.Diagnostics;
using System.Security.Cryptography;

namespace Handler.Fuzz;

/// <summary>
/// Fuzzes one target for some time, guided by the branches that its inputs reach. Inputs that reach something new go to the folder
/// <c>corpus</c>. Inputs that show a fault go to <c>findings</c>, each with a text that says what happened.
/// </summary>
internal sealed class FuzzRun
{
    private const int HangSeconds = 120;

    private readonly IFuzzTarget target;
    private readonly string corpusFolder;
    private readonly string findings;
    private readonly Coverage coverage;
    private readonly List<byte[]> corpus = [];
    private readonly HashSet<string> known = [];
    private byte[] current = [];
    private long began;
    private long runs;

    public FuzzRun(IFuzzTarget target, string folder, Coverage coverage)
    {
        this.target = target;
        this.coverage = coverage;
        corpusFolder = Directory.CreateDirectory(Path.Combine(folder, target.Name, "corpus")).FullName;
        findings = Directory.CreateDirectory(Path.Combine(folder, target.Name, "findings")).FullName;
    }

    public void Run(TimeSpan time, int seed, string seeds)
    {
        new Thread(WatchForHangs) { IsBackground = true }.Start();
        foreach (var input in target.Seeds().Concat(Inputs(Path.Combine(seeds, target.Name))).Concat(Inputs(corpusFolder)).ToList())
            Try(input);
        var mutator = new Mutator(new Random(seed));
        var start = Stopwatch.GetTimestamp();
        var told = start;
        while (Stopwatch.GetElapsedTime(start) < time)
        {
            Try(mutator.Change(corpus));
            if (Stopwatch.GetElapsedTime(told) < TimeSpan.FromMinutes(1))
                continue;
            told = Stopwatch.GetTimestamp();
            Tell(start);
        }

        Tell(start);
    }

    /// <summary>Adds to a corpus the smallest inputs that together reach all that the known inputs reach.</summary>
    public void Minimise(string seeds)
    {
        var into = Directory.CreateDirectory(Path.Combine(seeds, target.Name)).FullName;
        var inputs = target.Seeds().Concat(Inputs(into)).Concat(Inputs(corpusFolder));
        foreach (var input in inputs.OrderBy(static input => input.Length).ToList())
        {
            if (Reaches(input))
                File.WriteAllBytes(Path.Combine(into, NameOf(input)), input);
        }

        Console.WriteLine($"{target.Name}: {coverage.Count} branches");
    }

    private void Tell(long start)
        => Console.WriteLine(
            $"{DateTime.Now:HH:mm:ss} {target.Name}: {runs} runs in {Stopwatch.GetElapsedTime(start).TotalSeconds:0} s, "
                + $"{coverage.Count} branches, {corpus.Count} inputs, {known.Count} findings");

    private void Try(byte[] input)
    {
        try
        {
            if (!Reaches(input))
                return;
            corpus.Add(input);
            File.WriteAllBytes(Path.Combine(corpusFolder, NameOf(input)), input);
        }
        catch (FuzzFindingException exception)
        {
            Keep(input, exception);
        }
    }

    private bool Reaches(byte[] input)
    {
        coverage.Begin();
        Volatile.Write(ref current, input);
        Volatile.Write(ref began, Stopwatch.GetTimestamp());
        FuzzTargets.Run(target, input);
        Volatile.Write(ref began, 0);
        runs++;
        return coverage.AddNews();
    }

    private void Keep(byte[] input, FuzzFindingException finding)
    {
        // Keep one finding for each place in the code: the same fault recurs thousands of times.
        var place = finding.InnerException?.StackTrace is { } trace
            ? string.Join('\n', trace.Split('\n').Take(4))
            : finding.Message[..Math.Min(20, finding.Message.Length)];
        if (!known.Add(place))
            return;
        var path = Path.Combine(findings, NameOf(input));
        File.WriteAllBytes(path, input);
        File.WriteAllText(path + ".txt", finding.ToString());
        Console.WriteLine($"{target.Name}: FINDING {path}: {finding.Message}");
    }

    private void WatchForHangs()
    {
        while (true)
        {
            Thread.Sleep(TimeSpan.FromSeconds(1));
            if (Volatile.Read(ref began) is not (> 0 and var since) || Stopwatch.GetElapsedTime(since) < TimeSpan.FromSeconds(HangSeconds))
                continue;
            var path = Path.Combine(findings, "hang-" + NameOf(current));
            File.WriteAllBytes(path, current);
            Console.WriteLine($"{target.Name}: FINDING {path}: it does not end within {HangSeconds} s");
            Environment.Exit(3);
        }
    }

    private static IEnumerable<byte[]> Inputs(string folder)
        => Directory.Exists(folder) ? Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal).Select(File.ReadAllBytes) : [];

    private static string NameOf(byte[] input) => Convert.ToHexStringLower(SHA256.HashData(input))[..16];
}
