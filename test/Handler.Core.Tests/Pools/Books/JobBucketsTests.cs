using Handler.Pools;

namespace Handler.Tests.Pools;

public class JobBucketsTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(16)]
    [InlineData(1_000)]
    [InlineData(1_024)]
    [InlineData(65_536)]
    public void Of_the_jobs_of_a_node_of_which_one_in_so_many_comes_each_has_a_bucket_of_its_own(int stride)
    {
        foreach (var atLeast in new[] { 16, 128, 4_096, 131_072 })
        {
            var buckets = new JobBuckets(atLeast);
            Assert.InRange(buckets.Count, atLeast, 2 * atLeast);
            var taken = Enumerable.Range(0, Math.Min(buckets.Count, int.MaxValue / stride)).Select(i => buckets.Of(new JobId(0, (ulong)i * (ulong)stride))).ToList();
            Assert.All(taken, bucket => Assert.InRange(bucket, 0, buckets.Count - 1));
            Assert.Equal(taken.Count, taken.Distinct().Count());
        }
    }

    [Fact]
    public void A_bucket_is_the_remainder()
    {
        var buckets = new JobBuckets(1_000);
        Assert.Equal(1_009, buckets.Count);
        foreach (var number in new[] { 0UL, 1UL, 1_008UL, 1_009UL, 123_456_789UL, uint.MaxValue - 1, uint.MaxValue })
            Assert.Equal((int)(number % 1_009), buckets.Of(new JobId(0, number)));
    }
}
