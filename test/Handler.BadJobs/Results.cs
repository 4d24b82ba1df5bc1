namespace Handler.BadJobs;

/// <summary>Functions whose result is the problem.</summary>
public static class Results
{
    /// <summary>Returns an array of this many bytes.</summary>
    public static byte[] HugeBytes(int bytes) => new byte[bytes];

    /// <summary>Returns this many varied bytes; each call returns the same ones.</summary>
    public static byte[] VariedBytes(int bytes)
    {
        var value = new byte[bytes];
        new Random(bytes).NextBytes(value);
        return value;
    }

    /// <summary>Returns a string of this many characters.</summary>
    public static string HugeString(int characters) => new('x', characters);

    /// <summary>Returns a function, which nothing can serialize.</summary>
    public static Func<int> Function() => () => 1;

    /// <summary>Returns an open file.</summary>
    public static Stream OpenStream() => File.OpenRead("/dev/null");

    /// <summary>Returns an object that contains itself.</summary>
    public static Link Cycle()
    {
        var link = new Link();
        link.Next = link;
        return link;
    }

    /// <summary>Returns a chain of this many objects, each nested in the previous one.</summary>
    public static Link Chain(int links)
    {
        Link? first = null;
        for (var i = 0; i < links; i++)
            first = new Link { Next = first };
        return first!;
    }

    /// <summary>Returns an object with a property that throws when it is read.</summary>
    public static Thrower ThrowingProperty() => new();

    /// <summary>Returns an object with a property whose getter never returns.</summary>
    public static Spinner SpinningProperty() => new();

    /// <summary>Returns an endless sequence.</summary>
    public static IEnumerable<int> EndlessSequence()
    {
        for (var i = 0; ; i++)
            yield return i;
    }

    /// <summary>Returns a sequence that throws in the middle.</summary>
    public static IEnumerable<int> ThrowingSequence()
    {
        yield return 1;
        throw new InvalidOperationException("in the middle");
    }

    /// <summary>Returns a list of 10 000 integers, which takes more than 4096 bytes.</summary>
    public static List<int> TenThousandIntegers() => [.. Enumerable.Range(1, 10_000).Select(x => x * 100)];

    /// <summary>Returns <see langword="null"/>.</summary>
    public static string? Null() => null;
}
