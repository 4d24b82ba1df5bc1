using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Handler.BadJobs;

/// <summary>Functions that hold more and more managed memory, each in its own way, until something stops them.</summary>
public static class MemoryHogs
{
    private static byte[]? sink;

    /// <summary>Adds small nodes to a linked list.</summary>
    public static void LinkedNodes()
    {
        Node? head = null;
        while (true)
            head = new Node(head);
    }

    /// <summary>Fills a list with arrays of 10 kB.</summary>
    public static void SmallArrays() => HoldArrays(10_000);

    /// <summary>Fills a list with arrays of 1 MiB that it never writes to, so that most of them never become resident.</summary>
    public static void LargeArrays() => HoldArrays(1 << 20);

    /// <summary>Allocates one array larger than the limit, keeps it for a moment and returns its length.</summary>
    public static long OneArrayBeyond(long limitBytes)
    {
        var array = new byte[limitBytes * 3 / 2];
        array.AsSpan().Fill(1);
        Thread.Sleep(20); // Long enough for a monitor to see it, short enough to be over before a slow one looks.
        GC.KeepAlive(array);
        return array.Length;
    }

    /// <summary>Allocates one array larger than the limit, releases it immediately and returns its length.</summary>
    public static long OneArrayBeyondForAnInstant(long limitBytes)
    {
        sink = new byte[limitBytes * 3];
        var length = sink.LongLength;
        sink = null;
        return length;
    }

    /// <summary>Fills a dictionary with strings.</summary>
    public static void Entries()
    {
        var entries = new Dictionary<int, string>();
        for (var i = 0; ; i++)
            entries[i] = i.ToString("D20", CultureInfo.InvariantCulture);
    }

    /// <summary>Writes to a memory stream, which doubles its array again and again.</summary>
    public static void Stream()
    {
        var stream = new MemoryStream();
        var block = new byte[4096];
        while (true)
            stream.Write(block);
    }

    /// <summary>Appends to a string builder.</summary>
    public static void Text()
    {
        var text = new StringBuilder();
        while (true)
            text.Append("and so on, ");
    }

    /// <summary>Builds strings that each contain the previous one twice: 1, 2, 4, 8 …</summary>
    public static void DoublingString()
    {
        var text = "ha";
        while (true)
            text += text;
    }

    /// <summary>Fills lists and starts over each time an allocation fails, as if nothing had happened.</summary>
    public static void SwallowOutOfMemory()
    {
        var held = new List<byte[]>();
        while (true)
        {
            try
            {
                while (true)
                    held.Add(new byte[10_000]);
            }
            catch (OutOfMemoryException)
            {
                // Ignoring it is the misbehavior.
            }
        }
    }

    /// <summary>Catches the out-of-memory exception, releases everything and returns as if nothing had happened.</summary>
    public static int RecoverFromOutOfMemory()
    {
        try
        {
            SmallArrays();
        }
        catch (OutOfMemoryException)
        {
            // Ignoring it is the misbehavior.
        }

        return 1;
    }

    /// <summary>Fills lists on several threads at the same time.</summary>
    public static void SeveralThreads(int threads)
    {
        for (var i = 1; i < threads; i++)
            new Thread(() => HoldArrays(1000)) { IsBackground = true }.Start();
        HoldArrays(1000);
    }

    /// <summary>Fills lists in several tasks at the same time.</summary>
    public static void SeveralTasks(int tasks)
        => Task.WaitAll([.. Enumerable.Range(0, tasks).Select(_ => Task.Run(() => HoldArrays(1000)))]);

    /// <summary>Allocates pinned arrays, which the GC cannot move.</summary>
    public static void Pinned()
    {
        var held = new List<byte[]>();
        while (true)
            held.Add(GC.AllocateUninitializedArray<byte>(100_000, pinned: true));
    }

    /// <summary>Rents from the shared array pool and never returns the arrays.</summary>
    public static void RentedArrays()
    {
        var held = new List<byte[]>();
        while (true)
            held.Add(ArrayPool<byte>.Shared.Rent(64 << 10));
    }

    /// <summary>Keeps objects alive through their finalizers, each of which resurrects its object.</summary>
    public static void Resurrected()
    {
        while (true)
            _ = new Undead();
    }

    /// <summary>Keeps adding to a static list, which outlives the function.</summary>
    public static void StaticMemory() => Leftovers.StaticMemory(int.MaxValue);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void HoldArrays(int bytes)
    {
        var held = new List<byte[]>();
        while (true)
            held.Add(new byte[bytes]);
    }

    private sealed class Node(Node? next)
    {
        private readonly long a = 1, b = 2, c = 3, d = 4;

        public long Sum => a + b + c + d + (next is null ? 0 : 1);
    }

    private sealed class Undead
    {
        private static readonly List<Undead> Risen = [];

        private readonly byte[] body = new byte[1000];

        ~Undead()
        {
            body[0]++;
            Risen.Add(this);
        }
    }
}
