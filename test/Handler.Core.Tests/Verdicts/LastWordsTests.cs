using System.Text;
using Handler.Verdicts;

namespace Handler.Tests.Verdicts;

public sealed class LastWordsTests
{
    private readonly LastWords words = new();

    [Fact]
    public void Where_there_is_no_mark_there_are_no_words()
    {
        Append("a line of the job's own\n");
        Assert.Equal("", words.ToString());
    }

    [Fact]
    public void They_begin_at_the_mark()
    {
        Append("output of the job\nStack overflow.\nRepeat 100 times");
        Assert.Equal("Stack overflow.\nRepeat 100 times", words.ToString());
    }

    [Theory]
    [InlineData("Stack overflow.")]
    [InlineData("Unhandled exception. ")]
    [InlineData("Process terminated.")]
    [InlineData("Fatal error. System.AccessViolationException")]
    public void A_mark_cut_in_two_anywhere_is_found(string mark)
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
    public void A_mark_that_comes_byte_by_byte_is_found()
    {
        foreach (var letter in "text before, Unhandled exception. System.Exception: no\n")
            Append(letter.ToString());
        Assert.Equal("Unhandled exception. System.Exception: no\n", words.ToString());
    }

    [Fact]
    public void Only_the_first_512_bytes_are_kept_however_long_they_are()
    {
        Append("Stack overflow.");
        for (var i = 0; i < 1000; i++)
            Append(new string('x', 1000));
        Assert.Equal(512, words.ToString().Length);
        Assert.StartsWith("Stack overflow.xxx", words.ToString());
    }

    [Fact]
    public void A_mark_followed_by_a_long_text_in_the_same_piece_is_cut_too()
    {
        Append("Process terminated. " + new string('x', 10_000));
        Assert.Equal(512, words.ToString().Length);
    }

    [Fact]
    public void Clearing_forgets_the_words_and_half_a_mark()
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
    public void The_exception_of_an_unhandled_one_is_its_first_line()
        => Assert.Equal(
            "unhandled exception System.Exception: no",
            LastWords.Read("Unhandled exception. System.Exception: no\r\n   at X()\n"));

    [Fact]
    public void An_access_violation_is_one()
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
    public void Each_text_of_the_runtime_and_of_native_code_says_what_happened(string text, string reason)
    {
        Append("output of the job\n" + text);
        Assert.Equal(reason, LastWords.Read(words.ToString()));
    }

    [Fact]
    public void What_a_job_logged_before_is_not_what_happened()
    {
        Append("Stack overflow. That is a site.\nProcess terminated. That is what the log says.\n");
        Append("Unhandled exception. System.Exception: no\n   at X()\n");
        Assert.Equal("unhandled exception System.Exception: no", LastWords.Read(words.ToString()));
    }

    private void Append(string text) => words.Append(Encoding.UTF8.GetBytes(text));
}
