using System.Buffers;
using Handler.Functions;

namespace Handler.Tests;

/// <summary>A buffer returns the bytes that were written to it, in whatever pieces, and stays within its bound.</summary>
public sealed class ResultBufferTests
{
    [Fact]
    public void Bytes_written_in_any_steps_are_read_unchanged()
    {
        var random = new Random(11);
        var buffer = new ResultBuffer(64 << 20);
        for (var round = 0; round < 300; round++)
        {
            var expected = new ArrayBufferWriter<byte>();
            for (var step = random.Next(20); step >= 0; step--)
            {
                if (random.Next(3) == 0)
                    WriteBlock(buffer, expected, Bytes(random));
                else
                    Write(buffer, expected, Bytes(random));
            }

            var found = new byte[buffer.Written];
            buffer.CopyTo(found);
            Assert.True(expected.WrittenSpan.SequenceEqual(found), $"round {round}");
            buffer.Reset();
            Assert.Equal(0, buffer.Written);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(16_383)]
    [InlineData(16_384)]
    [InlineData(2_097_152)]
    public void A_block_is_preceded_by_its_length(int length)
    {
        var buffer = new ResultBuffer(64 << 20);
        var expected = new ArrayBufferWriter<byte>();
        WriteBlock(buffer, expected, new byte[length]);
        Write(buffer, expected, [7]);
        var found = new byte[buffer.Written];
        buffer.CopyTo(found);
        Assert.True(expected.WrittenSpan.SequenceEqual(found));
    }

    [Fact]
    public void The_buffer_accepts_its_limit_and_hardly_more()
    {
        var buffer = new ResultBuffer(10_000);
        buffer.Write(new byte[10_000]);
        Assert.False(buffer.IsTooLarge);
        Assert.Throws<ResultTooLargeException>(() => buffer.Write(new byte[10]));
        Assert.True(buffer.IsTooLarge);
        buffer.Reset();
        Assert.False(buffer.IsTooLarge);
        Assert.Throws<ResultTooLargeException>(() => _ = buffer.GetSpan(100 << 20));
    }

    [Fact]
    public void The_buffer_reports_once_per_result_that_it_grows_large()
    {
        var told = 0;
        var buffer = new ResultBuffer(64 << 20, () => told++);
        buffer.Write(new byte[WorkerTuning.Values.LargeResult / 2]);
        Assert.Equal(0, told);
        buffer.Write(new byte[4 * WorkerTuning.Values.LargeResult]);
        Assert.Equal(1, told);
        buffer.Reset();
        buffer.Write(new byte[2 * WorkerTuning.Values.LargeResult]);
        Assert.Equal(2, told);
    }

    private static byte[] Bytes(Random random)
    {
        var bytes = new byte[random.Next(4) == 0 ? random.Next(200_000) : random.Next(300)];
        random.NextBytes(bytes);
        return bytes;
    }

    private static void Write(ResultBuffer buffer, ArrayBufferWriter<byte> expected, byte[] bytes)
    {
        buffer.Write(bytes);
        expected.Write(bytes);
    }

    private static void WriteBlock(ResultBuffer buffer, ArrayBufferWriter<byte> expected, byte[] bytes)
    {
        var block = buffer.BeginBlock();
        buffer.Write(bytes);
        buffer.EndBlock(block);
        expected.WriteBlock(bytes);
    }
}
