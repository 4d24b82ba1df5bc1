using Handler.Fuzz;

namespace Handler.Tests.Wire;

/// <summary>Tries again the inputs that fuzzing found and that are worth keeping: see test/Handler.Fuzz/fuzz.sh.</summary>
public sealed class FuzzCorpusTests
{
    public static readonly TheoryData<string> Targets = [.. FuzzTargets.All.Select(target => target.Name)];

    [Theory]
    [MemberData(nameof(Targets))]
    public void Every_input_of_the_corpus_is_read_or_refused_without_another_error(string name)
    {
        var target = FuzzTargets.All.Single(each => each.Name == name);
        var files = Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "FuzzCorpus", name));
        Assert.NotEmpty(files);
        foreach (var file in files)
        {
            if (Record.Exception(() => FuzzTargets.Run(target, File.ReadAllBytes(file))) is { } finding)
                Assert.Fail($"{file}: {finding}");
        }
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public void Every_seed_is_read_or_refused_without_another_error(string name)
    {
        var target = FuzzTargets.All.Single(each => each.Name == name);
        var seeds = target.Seeds().ToList();
        Assert.NotEmpty(seeds);
        foreach (var seed in seeds)
            FuzzTargets.Run(target, seed);
    }
}
