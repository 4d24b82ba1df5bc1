using System.Buffers.Binary;
using Handler.Wire;

namespace Handler.Tests.Wire;

public sealed class FrameReaderTests
{
    private const int Least = 56, Most = Least + (1 << 20);

    private readonly FrameReader reader = new(Least, Most);

    [Fact]
    public void A_whole_frame_is_read_unchanged()
    {
        var frame = Frame(100, fill: 7);
        Feed(frame);
        Assert.True(reader.TryRead(out var read));
        Assert.Equal(frame, read.ToArray());
        Assert.False(reader.TryRead(out _));
        Assert.Equal(0, reader.Pending);
    }

    [Fact]
    public void A_frame_that_arrives_byte_by_byte_is_read_with_its_last_byte()
    {
        var frame = Frame(Least, fill: 3);
        foreach (var one in frame[..^1])
        {
            Feed([one]);
            Assert.False(reader.TryRead(out _));
        }

        Feed(frame[^1..]);
        Assert.True(reader.TryRead(out var read));
        Assert.Equal(frame, read.ToArray());
    }

    [Fact]
    public void A_truncated_frame_is_not_read()
    {
        Feed(Frame(1000, fill: 1)[..999]);
        Assert.False(reader.TryRead(out _));
        Assert.Equal(999, reader.Pending);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    [InlineData(int.MaxValue)]
    [InlineData(Least - 1)]
    [InlineData(Most + 1)]
    public void A_length_out_of_range_breaks_the_protocol(int length)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, length);
        Feed(bytes);
        var exception = Assert.Throws<FrameException>(() => reader.TryRead(out _));
        Assert.Contains($"{length} bytes", exception.Message);
    }

    [Theory]
    [InlineData(Least)]
    [InlineData(Most)]
    public void The_shortest_and_the_longest_frame_pass(int length)
    {
        Feed(Frame(length, fill: 9));
        Assert.True(reader.TryRead(out var read));
        Assert.Equal(length, read.Length);
    }

    [Fact]
    public void Memory_depends_on_the_bytes_that_arrived_and_not_on_the_claimed_length()
    {
        const int Claimed = 1 << 30;
        var readers = Enumerable.Range(0, 100).Select(_ => new FrameReader(Least, Claimed)).ToArray();
        var head = new byte[Least];
        BinaryPrimitives.WriteInt32LittleEndian(head, Claimed);
        var before = GC.GetAllocatedBytesForCurrentThread();
        foreach (var each in readers)
        {
            Feed(each, head);
            Assert.False(each.TryRead(out _));
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Theory]
    [InlineData(1 << 20, 1 << 20, 1 << 20, (1 << 20) + (192 << 10))] // trusted: one buffer besides the first
    [InlineData(1 << 30, 1 << 20, 1 << 20, (1 << 20) + (192 << 10))] // no more than the trusted length, whatever length is claimed
    [InlineData(8 << 20, int.MaxValue, 8 << 20, (8 << 20) + (192 << 10))]
    public void A_claimed_length_gets_a_buffer_immediately_up_to_the_trusted_length(int claimed, int trusted, int least, int most)
    {
        var head = new byte[64 << 10]; // as much as the first buffer holds
        BinaryPrimitives.WriteInt32LittleEndian(head, claimed);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var trusting = new FrameReader(Least, 1 << 30, trusted);
        Feed(trusting, head);
        Assert.False(trusting.TryRead(out _));
        _ = trusting.Free();
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, least, most);
    }

    [Fact]
    public void The_memory_of_a_reader_stays_proportional_to_the_bytes_that_arrived()
    {
        var large = new FrameReader(Least, 1 << 30);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Feed(large, Frame(8 << 20, fill: 5)[..^1]);
        Assert.False(large.TryRead(out _));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 8 << 20, (8 + 32) << 20);
    }

    [Fact]
    public void A_large_buffer_is_released_once_it_is_empty()
    {
        Feed(Frame(Most, fill: 5));
        Assert.True(reader.TryRead(out _));
        Assert.False(reader.TryRead(out _));
        Assert.InRange(reader.Free().Length, 1, 64 << 10);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Random_frames_in_random_pieces_are_read_in_order(int seed)
    {
        var random = new Random(seed);
        byte[][] frames = [.. Enumerable.Range(0, 300).Select(_ => RandomFrame(random))];
        byte[] stream = [.. frames.SelectMany(frame => frame)];
        var next = 0;
        for (var at = 0; at < stream.Length;)
        {
            var free = reader.Free();
            var count = Math.Min(Math.Min(free.Length, stream.Length - at), random.Next(1, 40_000));
            stream.AsSpan(at, count).CopyTo(free);
            reader.Advance(count);
            at += count;
            while (reader.TryRead(out var frame))
                Assert.True(frame.SequenceEqual(frames[next++]));
        }

        Assert.Equal(frames.Length, next);
        Assert.Equal(0, reader.Pending);
    }

    [Fact]
    public void Random_bytes_are_refused_or_taken_as_an_incomplete_frame()
    {
        var random = new Random(5);
        for (var round = 0; round < 20_000; round++)
        {
            var fuzzed = new FrameReader(Least, 4096);
            var bytes = new byte[random.Next(1, 300)];
            random.NextBytes(bytes);
            if (random.Next(2) == 0 && bytes.Length >= 4)
                BinaryPrimitives.WriteInt32LittleEndian(bytes, random.Next(0, 300));
            try
            {
                Feed(fuzzed, bytes);
                while (fuzzed.TryRead(out var frame))
                    Assert.InRange(frame.Length, Least, 4096);
            }
            catch (FrameException)
            {
                // Refused, as expected.
            }
        }
    }

    private static byte[] RandomFrame(Random random)
        => Frame(random.Next(10) == 0 ? random.Next(Least, 200_000) : random.Next(Least, 500), (byte)random.Next(256));

    private static byte[] Frame(int length, byte fill)
    {
        var frame = new byte[length];
        frame.AsSpan().Fill(fill);
        BinaryPrimitives.WriteInt32LittleEndian(frame, length);
        return frame;
    }

    private void Feed(ReadOnlySpan<byte> bytes) => Feed(reader, bytes);

    private static void Feed(FrameReader reader, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            var free = reader.Free();
            var count = Math.Min(free.Length, bytes.Length);
            bytes[..count].CopyTo(free);
            reader.Advance(count);
            bytes = bytes[count..];
        }
    }
}
