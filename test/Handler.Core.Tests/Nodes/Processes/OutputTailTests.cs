using System.Text;
using Handler.Nodes;

namespace Handler.Tests.Nodes;

public sealed class OutputTailTests
{
    private readonly OutputTail tail = new(8);

    [Fact]
    public void A_new_output_tail_is_empty()
    {
        Assert.True(tail.IsEmpty);
        Assert.False(tail.Truncated);
        Assert.Equal("", tail.ToString());
    }

    [Fact]
    public void Output_that_fits_is_kept_completely()
    {
        Append("abc");
        Append("defgh");
        Assert.Equal("abcdefgh", tail.ToString());
        Assert.False(tail.Truncated);
    }

    [Fact]
    public void One_byte_over_the_capacity_drops_the_first_byte()
    {
        Append("abcdefgh");
        Append("i");
        Assert.Equal("bcdefghi", tail.ToString());
        Assert.True(tail.Truncated);
    }

    [Fact]
    public void A_piece_larger_than_the_tail_leaves_its_own_end()
    {
        Append("abc");
        Append("0123456789ABCDEF!");
        Assert.Equal("9ABCDEF!", tail.ToString());
    }

    [Fact]
    public void The_tail_keeps_the_end_of_the_output_for_pieces_of_any_size()
    {
        var random = new Random(1);
        var all = new StringBuilder();
        for (var i = 0; i < 1000; i++)
        {
            var piece = new string((char)('a' + (i % 26)), random.Next(0, 20));
            all.Append(piece);
            Append(piece);
            var text = all.ToString();
            Assert.Equal(text[Math.Max(0, text.Length - 8)..], tail.ToString());
            Assert.Equal(text.Length > 8, tail.Truncated);
        }
    }

    [Fact]
    public void A_cleared_tail_starts_empty_again()
    {
        Append("0123456789");
        tail.Clear();
        Assert.True(tail.IsEmpty);
        Append("xy");
        Assert.Equal("xy", tail.ToString());
        Assert.False(tail.Truncated);
    }

    [Fact]
    public void Invalid_UTF8_becomes_replacement_characters()
    {
        tail.Append([0xff, 0xfe, (byte)'a']);
        Assert.Equal("\ufffd\ufffda", tail.ToString());
    }

    private void Append(string text) => tail.Append(Encoding.UTF8.GetBytes(text));
}
