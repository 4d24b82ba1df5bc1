using Handler.Pools;

namespace Handler.Tests.Pools;

public sealed class WaitingSizesTests
{
    [Fact]
    public void The_largest_is_known_until_the_last_one_of_its_size_has_left()
    {
        var sizes = new WaitingSizes();
        Assert.Equal(0, sizes.Largest);
        foreach (var bytes in new[] { 5, 7, 7, 3 })
            sizes.Add(bytes);
        sizes.Remove(7);
        sizes.Remove(3);
        Assert.Equal(7, sizes.Largest);
        sizes.Remove(7);
        Assert.Equal(5, sizes.Largest);
        sizes.Remove(5);
        Assert.Equal(0, sizes.Largest);
    }
}
