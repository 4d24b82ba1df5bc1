using System.Runtime.InteropServices;
using System.Text;
using Handler.Wire;

namespace Handler.Fuzz;

/// <summary>
/// The stream of a worker's replies: frames, their heads, and bodies that are not values. The first byte gives the size of the portions in
/// which it arrives.
/// </summary>
internal sealed class FrameTarget : IFuzzTarget
{
    private const int MostBytes = 1 << 20;

    public string Name => "frames";

    public IEnumerable<byte[]> Seeds()
    {
        var failure = new FailureBody("System.Exception", "message", "text ä").Write();
        yield return [0, .. Frame(ResponseKind.Ready, []), .. Frame(ResponseKind.Value, [7, 1, 0, 0, 0])];
        yield return [1, .. Frame(ResponseKind.Failure, failure), .. Frame(ResponseKind.Retire, "reason"u8)];
        yield return [200, .. Frame(ResponseKind.Value, new byte[3_000])];
        yield return [3, 255, 255, 255, 127];
        yield return [3, 0, 0, 0, 0];
    }

    public void Read(byte[] input)
    {
        if (input.Length == 0)
            return;
        var reader = new FrameReader(ResponseHead.Size, ResponseHead.Size + MostBytes);
        var left = input.AsSpan(1);
        var portion = (input[0] * 16) + 1;
        try
        {
            while (left.Length > 0)
            {
                var room = reader.Free();
                var some = left[..Math.Min(Math.Min(room.Length, portion), left.Length)];
                some.CopyTo(room);
                reader.Advance(some.Length);
                left = left[some.Length..];
                Take(reader);
            }
        }
        catch (FrameException)
        {
            // Refused.
        }
    }

    private static void Take(FrameReader reader)
    {
        while (reader.TryRead(out var frame))
        {
            var head = MemoryMarshal.Read<ResponseHead>(frame);
            var body = frame[ResponseHead.Size..];
            if (!frame.EndsWith(body) || frame.Length != head.Length)
                throw new InvalidOperationException("A frame is not as long as it says.");
            switch (head.Kind)
            {
                case ResponseKind.Failure:
                    var failure = FailureBody.Read(body);
                    _ = failure.Type.Length + failure.Message.Length + failure.Text.Length;
                    break;
                case ResponseKind.Retire:
                    _ = Encoding.UTF8.GetString(body);
                    break;
                case ResponseKind.Value:
                    var copy = body.ToArray();
                    if (!reader.Take(body.Length).Span.SequenceEqual(copy))
                        throw new InvalidOperationException("The body that was taken is another.");
                    break;
            }
        }

        if (reader.Begun.Length != reader.Pending)
            throw new InvalidOperationException("What is begun is not what is pending.");
    }

    private static byte[] Frame(ResponseKind kind, ReadOnlySpan<byte> body)
    {
        var head = new ResponseHead { Length = ResponseHead.Size + body.Length, Kind = kind, Slot = 1, Attempt = 2 };
        return [.. MemoryMarshal.AsBytes(new ReadOnlySpan<ResponseHead>(in head)), .. body];
    }
}
