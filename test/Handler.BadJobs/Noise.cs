namespace Handler.BadJobs;

/// <summary>Functions that write to descriptors that they may use, and to others.</summary>
public static class Noise
{
    private const string Line = "The quick brown fox jumps over the lazy dog, and over again, and has not had enough yet.";

    /// <summary>Writes this many bytes of lines to stdout and returns the number of lines.</summary>
    public static int FloodStdout(long bytes) => WriteLines(Console.Out, bytes);

    /// <summary>Writes this many bytes of lines to stderr and returns the number of lines.</summary>
    public static int FloodStderr(long bytes) => WriteLines(Console.Error, bytes);

    /// <summary>Writes to stdout and stderr, and never stops.</summary>
    public static void FloodForever()
    {
        while (true)
        {
            Console.Out.WriteLine(Line);
            Console.Error.WriteLine(Line);
        }
    }

    /// <summary>Writes this many characters to stdout without ever ending the line.</summary>
    public static int EndlessLine(int characters)
    {
        for (var written = 0; written < characters; written += 1000)
            Console.Write(new string('x', 1000));
        return characters;
    }

    /// <summary>Writes random bytes to stdout, which are not text in any encoding.</summary>
    public static int Binary(int bytes)
    {
        using var stdout = Console.OpenStandardOutput();
        stdout.Write(RandomBytes(bytes));
        return bytes;
    }

    /// <summary>Writes one line to each of the descriptors 1 and 2 with the C library, bypassing the runtime.</summary>
    public static int NativeLines(string line)
    {
        var bytes = System.Text.Encoding.UTF8.GetBytes(line + "\n");
        WriteNatively(1, bytes);
        WriteNatively(2, bytes);
        return 1;
    }

    /// <summary>Writes garbage to every descriptor from 3 to 20, including those of others, and returns a value.</summary>
    public static int GarbageToEveryDescriptor()
    {
        var garbage = RandomBytes(1000);
        for (var descriptor = 3; descriptor <= 20; descriptor++)
            WriteNatively(descriptor, garbage);
        return 6;
    }

    /// <summary>Writes zeros to every descriptor from 3 to 20. A length-prefixed protocol reads them as empty frames.</summary>
    public static int ZerosToEveryDescriptor()
    {
        var zeros = new byte[4096];
        for (var descriptor = 3; descriptor <= 20; descriptor++)
            WriteNatively(descriptor, zeros);
        return 6;
    }

    /// <summary>Waits for a line from stdin.</summary>
    public static string ReadStdin() => Console.In.ReadLine() ?? "end of input";

    private static int WriteLines(TextWriter writer, long bytes)
    {
        var lines = 0;
        for (long written = 0; written < bytes; written += Line.Length + 1, lines++)
            writer.WriteLine(Line);
        return lines;
    }

    private static byte[] RandomBytes(int bytes)
    {
        var garbage = new byte[bytes];
        new Random(1).NextBytes(garbage);
        return garbage;
    }

    private static unsafe void WriteNatively(int descriptor, byte[] bytes)
    {
        fixed (byte* start = bytes)
            _ = NativeCalls.Write(descriptor, start, bytes.Length);
    }
}
