using FsCheck;
using FsCheck.Fluent;

namespace Handler.Tests.Functions;

public sealed class ValueProperties
{
    /// <summary>
    /// Types as well as values are generated: each case is a value of some nested type, sent as a captured variable and back as a result.
    /// </summary>
    [Fact]
    public void Values_of_generated_types_arrive_equal()
    {
        var runner = new LoopbackRunner();
        var seeds = Gen.Choose(0, int.MaxValue).ToArbitrary();
        Prop.ForAll(seeds, seed =>
        {
            var random = new Random(seed);
            var shape = ValueShapes.Any(random, 2);
            for (var i = 0; i < 8; i++)
            {
                if (shape.Difference(runner, random) is { } difference)
                    Assert.Fail($"Seed {seed}: {difference}");
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(100));
    }
}
