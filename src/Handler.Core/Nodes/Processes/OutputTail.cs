using System.Text;

namespace Handler.Nodes;

/// <summary>Keeps the last bytes of a stream.</summary>
internal sealed class OutputTail(int capacity)
{
    private byte[]? bytes;
    private long written;

    public bool IsEmpty => written == 0;

    public bool Truncated => written > capacity;

    public void Append(ReadOnlySpan<byte> more)
    {
        bytes ??= new byte[capacity];
        written += more.Length;
        if (more.Length > capacity)
            more = more[^capacity..];
        var at = (int)((written - more.Length) % capacity);
        var first = Math.Min(more.Length, capacity - at);
        more[..first].CopyTo(bytes.AsSpan(at));
        more[first..].CopyTo(bytes);
    }

    public void Clear() => written = 0;

    public override string ToString()
    {
        if (bytes is null || written == 0)
            return "";
        if (written <= capacity)
            return Encoding.UTF8.GetString(bytes, 0, (int)written);
        var start = (int)(written % capacity);
        var whole = new byte[capacity];
        bytes.AsSpan(start).CopyTo(whole);
        bytes.AsSpan(0, start).CopyTo(whole.AsSpan(capacity - start));
        return Encoding.UTF8.GetString(whole);
    }
}
