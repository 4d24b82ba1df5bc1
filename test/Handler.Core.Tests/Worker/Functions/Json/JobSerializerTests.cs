using System.Buffers;
using System.Text;

namespace Handler.Tests.Functions;

public sealed class JobSerializerTests
{
    [Fact]
    public void A_custom_serializer_is_used_for_the_types_that_it_supports()
    {
        var runner = new LoopbackRunner(options => options.UseSerializer<WordSerializer>());
        var word = new Word("hello");
        Assert.Equal("HELLO", runner.Run(() => new Word(word.Text.ToUpperInvariant())).Text);
    }

    [Fact]
    public void Values_that_a_custom_serializer_refuses_are_refused_with_its_reason()
    {
        var runner = new LoopbackRunner(options => options.UseSerializer<WordSerializer>());
        var poco = new Poco();
        Assert.Contains("only words", runner.Refused(() => poco.Number).Message);
    }

    [Theory]
    [InlineData(typeof(string), "IJobSerializer")]
    [InlineData(typeof(NeedsArgument), "constructor")]
    public void A_serializer_that_a_worker_cannot_create_is_refused(Type type, string reason)
        => Assert.Contains(
            reason,
            Assert.Throws<ArgumentException>(() => new LoopbackRunner(options => options.SerializerType = type)).Message);

    public sealed class Word(string text)
    {
        internal string Text { get; } = text;
    }

    public sealed class WordSerializer : IJobSerializer
    {
        public void Serialize<T>(IBufferWriter<byte> writer, T value)
            => writer.Write(
                Encoding.UTF8.GetBytes((value as Word ?? throw new NotSupportedException("This serializer knows only words.")).Text));

        public T Deserialize<T>(ReadOnlySpan<byte> bytes) => (T)(object)new Word(Encoding.UTF8.GetString(bytes));
    }

    public sealed class NeedsArgument(int number) : IJobSerializer
    {
        public void Serialize<T>(IBufferWriter<byte> writer, T value)
            => throw new NotSupportedException(number.ToString(System.Globalization.CultureInfo.InvariantCulture));

        public T Deserialize<T>(ReadOnlySpan<byte> bytes) => throw new FormatException();
    }
}
