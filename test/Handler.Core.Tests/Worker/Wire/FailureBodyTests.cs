using System.Buffers.Binary;
using Handler.Wire;

namespace Handler.Tests.Wire;

public sealed class FailureBodyTests
{
    [Theory]
    [InlineData("", "", "")]
    [InlineData("System.Exception", "no", "System.Exception: no\n   at X()")]
    [InlineData("Ä", "日本", "🙂\0")]
    public void A_body_that_was_written_is_read_unchanged(string type, string message, string text)
    {
        var body = new FailureBody(type, message, text) { Refused = RefusedCall.Descriptor };
        Assert.Equal(body, FailureBody.Read(body.Write()));
    }

    [Fact]
    public void Texts_that_are_too_long_are_cut_when_they_are_written()
    {
        var read = FailureBody.Read(new FailureBody("T", new string('m', 100_000), new string('t', 1_000_000)).Write());
        Assert.Equal(new string('m', FailureBody.MaxMessage) + "…", read.Message);
        Assert.Equal(new string('t', FailureBody.MaxText) + "…", read.Text);
    }

    [Fact]
    public void Half_a_surrogate_pair_becomes_a_replacement_character()
    {
        var read = FailureBody.Read(new FailureBody("T", "\ud83d", new string('x', FailureBody.MaxText - 1) + "🙂").Write());
        Assert.Equal("\ufffd", read.Message);
        Assert.EndsWith("\ufffd…", read.Text);
    }

    [Fact]
    public void A_body_that_is_cut_off_at_any_byte_is_refused()
    {
        var whole = new FailureBody("Type", "message", "text").Write();
        for (var length = 0; length < whole.Length; length++)
            Assert.Throws<FrameException>(() => FailureBody.Read(whole.AsSpan(0, length)));
    }

    [Fact]
    public void A_refused_call_that_does_not_exist_is_refused()
    {
        var bytes = new FailureBody("Type", "message", "text").Write();
        bytes[^1] = (byte)(Enum.GetValues<RefusedCall>().Max() + 1);
        Assert.Throws<FrameException>(() => FailureBody.Read(bytes));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    [InlineData(int.MaxValue)]
    [InlineData(5)]
    public void A_length_beyond_the_body_is_refused(int length)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, length);
        Assert.Throws<FrameException>(() => FailureBody.Read(bytes));
    }

    [Fact]
    public void Invalid_UTF8_is_read_as_replacement_characters()
        => Assert.Equal("\ufffd", FailureBody.Read([1, 0, 0, 0, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0]).Type);

    [Fact]
    public void Random_bytes_are_read_or_refused_without_another_error()
    {
        var random = new Random(11);
        for (var round = 0; round < 50_000; round++)
        {
            var bytes = new byte[random.Next(0, 64)];
            random.NextBytes(bytes);
            for (var at = 0; at + 4 <= bytes.Length && random.Next(3) > 0; at += 4 + random.Next(8))
                BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(at), random.Next(-1, 20));
            try
            {
                var read = FailureBody.Read(bytes);
                Assert.InRange(read.Type.Length + read.Message.Length + read.Text.Length, 0, bytes.Length);
            }
            catch (FrameException)
            {
                // Refused, as expected.
            }
        }
    }
}
