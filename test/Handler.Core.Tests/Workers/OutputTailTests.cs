using System.Text;
using Handler.Nodes;

namespace Handler.Tests.Workers;

public sealed class OutputTailTests
{
    private readonly OutputTail tail = new(8);

    [Fact]
    public void A_fresh_one_is_empty()
    {
        Assert.True(tail.IsEmpty);
        Assert.False(tail.Truncated);
        Assert.Equal("", tail.ToString());
    }

    [Fact]
    public void What_fits_is_kept_whole()
    {
        Append("abc");
        Append("defgh");
        Assert.Equal("abcdefgh", tail.ToString());
        Assert.False(tail.Truncated);
    }

    [Fact]
    public void One_byte_too_much_drops_the_first()
    {
        Append("abcdefgh");
        Append("i");
        Assert.Equal("bcdefghi", tail.ToString());
        Assert.True(tail.Truncated);
    }

    [Fact]
    public void A_piece_larger_than_all_of_it_leaves_its_own_end()
    {
        Append("abc");
        Append("0123456789ABCDEF!");
        Assert.Equal("9ABCDEF!", tail.ToString());
    }

    [Fact]
    public void It_keeps_the_end_of_pieces_of_every_size()
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
    public void After_clearing_it_begins_anew()
    {
        Append("0123456789");
        tail.Clear();
        Assert.True(tail.IsEmpty);
        Append("xy");
        Assert.Equal("xy", tail.ToString());
        Assert.False(tail.Truncated);
    }

    [Fact]
    public void Bytes_that_are_no_text_do_no_harm()
    {
        tail.Append([0xff, 0xfe, (byte)'a']);
        Assert.Equal("\ufffd\ufffda", tail.ToString());
    }

    private void Append(string text) => tail.Append(Encoding.UTF8.GetBytes(text));
}
