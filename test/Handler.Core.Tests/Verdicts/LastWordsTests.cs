using System.Text;
using Handler.Verdicts;

namespace Handler.Tests.Verdicts;

public sealed class LastWordsTests
{
    private readonly LastWords words = new();

    [Fact]
    public void Output_without_a_mark_has_no_last_words()
    {
        Append("a line of the job's own\n");
        Assert.Equal("", words.ToString());
    }

    [Fact]
    public void The_last_words_begin_at_the_mark()
    {
        Append("output of the job\nStack overflow.\nRepeat 100 times");
        Assert.Equal("Stack overflow.\nRepeat 100 times", words.ToString());
    }

    [Theory]
    [InlineData("Stack overflow.")]
    [InlineData("Unhandled exception. ")]
    [InlineData("Process terminated.")]
    [InlineData("Fatal error. System.AccessViolationException")]
    public void A_mark_that_is_split_at_any_position_is_found(string mark)
    {
        for (var cut = 0; cut <= mark.Length; cut++)
        {
            words.Clear();
            Append("before " + mark[..cut]);
            Append(mark[cut..] + "after");
            Assert.Equal(mark + "after", words.ToString());
        }
    }

    [Fact]
    public void A_mark_that_arrives_byte_by_byte_is_found()
    {
        foreach (var letter in "text before, Unhandled exception. System.Exception: no\n")
            Append(letter.ToString());
        Assert.Equal("Unhandled exception. System.Exception: no\n", words.ToString());
    }

    [Fact]
    public void Only_the_first_512_bytes_of_the_last_words_are_kept()
    {
        Append("Stack overflow.");
        for (var i = 0; i < 1000; i++)
            Append(new string('x', 1000));
        Assert.Equal(512, words.ToString().Length);
        Assert.StartsWith("Stack overflow.xxx", words.ToString());
    }

    [Fact]
    public void A_mark_with_a_long_text_in_the_same_piece_is_truncated()
    {
        Append("Process terminated. " + new string('x', 10_000));
        Assert.Equal(512, words.ToString().Length);
    }

    [Fact]
    public void Clear_discards_the_words_and_a_partial_mark()
    {
        Append("Stack overflow.");
        words.Clear();
        Assert.Equal("", words.ToString());
        Append("Stack over");
        words.Clear();
        Append("flow.");
        Assert.Equal("", words.ToString());
    }

    [Fact]
    public void An_unhandled_exception_is_described_by_its_first_line()
        => Assert.Equal(
            "unhandled exception System.Exception: no",
            LastWords.Read("Unhandled exception. System.Exception: no\r\n   at X()\n"));

    [Fact]
    public void An_access_violation_is_recognized()
        => Assert.Equal(
            "access violation",
            LastWords.Read("Fatal error. System.AccessViolationException: Attempted to read or write protected memory.\n   at X()\n"));

    [Theory]
    [InlineData("Fatal error.\nSystem.AccessViolationException: Attempted to read.\n   at X()\n", "access violation")]
    [InlineData("Fatal error.\nInternal CLR error. (0x80131506)\n   at X()\n", "fatal error: Internal CLR error. (0x80131506)")]
    [InlineData("Process terminated. bad\n   at X()\n", "fail fast: bad")]
    [InlineData("Process terminated.\nbad\n   at X()\n", "fail fast: bad")]
    [InlineData("Process terminated.\n\n   at X()\n", "fail fast: ")]
    [InlineData("Process terminated.\nOut of memory.\n   at X()\n", "fail fast: Out of memory.")]
    [InlineData("Out of memory.\n", "the runtime was out of memory")]
    [InlineData("dotnet: file.c:12: main: Assertion `x > 0' failed.\n", "Assertion `x > 0' failed.")]
    [InlineData("double free or corruption (!prev)\n", "double free or corruption (!prev)")]
    [InlineData(
        "terminate called after throwing an instance of 'std::runtime_error'\n  what():  no\n",
        "terminate called after throwing an instance of 'std::runtime_error'"
    )]
    public void The_reason_of_a_crash_is_read_from_texts_of_the_runtime_and_of_native_code(string text, string reason)
    {
        Append("output of the job\n" + text);
        Assert.Equal(reason, LastWords.Read(words.ToString()));
    }

    [Fact]
    public void Earlier_output_of_a_job_is_not_taken_for_its_last_words()
    {
        Append("Stack overflow. That is a site.\nProcess terminated. That is what the log says.\n");
        Append("Unhandled exception. System.Exception: no\n   at X()\n");
        Assert.Equal("unhandled exception System.Exception: no", LastWords.Read(words.ToString()));
    }

    private void Append(string text) => words.Append(Encoding.UTF8.GetBytes(text));
}
