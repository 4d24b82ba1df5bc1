using static Handler.Platform.LibC;

namespace Handler.Platform;

/// <summary>
/// Lists this process's directories in <c>/proc</c> without the framework's file classes, because compiling and loading those would add
/// milliseconds to a worker's start.
/// </summary>
internal static unsafe class ProcEntries
{
    private const int NameOffset = 19; // of d_name in struct dirent, on every 64-bit architecture
    private const int LongestThreadName = 16;

    /// <summary>
    /// The threads of this process; <see langword="null"/> if they cannot be listed, for example because too many files are open.
    /// </summary>
    public static List<int>? Threads() => List("/proc/self/task\0"u8);

    /// <summary>The open descriptors of this process; <see langword="null"/> if they cannot be listed.</summary>
    public static List<int>? Descriptors() => List("/proc/self/fd\0"u8);

    /// <summary>Opens a file of a process for reading, without allocating.</summary>
    /// <param name="process">The process id.</param>
    /// <param name="file">The file's name with a slash before and NUL after it.</param>
    /// <returns>The descriptor; negative, with the error left for the caller, if the system refuses.</returns>
    public static int Open(int process, ReadOnlySpan<byte> file)
    {
        var path = stackalloc byte[48];
        _ = Append(Append(Append(path, "/proc/"u8), process), file);
        return LibC.Open(path, O_RDONLY | O_CLOEXEC);
    }

    /// <summary>Whether there is a thread with this name; <see langword="null"/> if threads cannot be listed.</summary>
    public static bool? HasThread(string name)
    {
        if (Threads() is not { } threads)
            return null;
        foreach (var thread in threads)
        {
            if (ThreadName(thread) == name)
                return true;
        }

        return false;
    }

    /// <summary>
    /// The name of a thread, as the kernel shows it: 15 characters; <see langword="null"/> if the thread has ended or the name cannot be
    /// read.
    /// </summary>
    public static string? ThreadName(int thread)
    {
        var path = stackalloc byte[48];
        var end = Append(path, "/proc/self/task/"u8);
        end = Append(Append(end, thread), "/comm\0"u8);
        var fd = LibC.Open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
            return null;
        var name = stackalloc byte[LongestThreadName];
        var length = Descriptor.Read(fd, name, LongestThreadName);
        _ = Close(fd);
        return length <= 0 ? null : new string((sbyte*)name, 0, name[length - 1] == '\n' ? length - 1 : length);
    }

    /// <summary>The numbers among the names in a directory, without the descriptor that is used to read it.</summary>
    private static List<int>? List(ReadOnlySpan<byte> path)
    {
        nint directory;
        fixed (byte* name = path)
            directory = OpenDir(name);
        if (directory == 0)
            return null;
        var own = path.SequenceEqual("/proc/self/fd\0"u8) ? DirFd(directory) : -1;
        var numbers = new List<int>();
        for (var entry = ReadDir(directory); entry != null; entry = ReadDir(directory))
        {
            if (Number(entry + NameOffset) is var number && number >= 0 && number != own)
                numbers.Add(number);
        }

        _ = CloseDir(directory);
        return numbers;
    }

    /// <returns>The number, or -1 for a name that is not a number.</returns>
    public static int Number(byte* name)
    {
        var number = 0;
        for (; *name != 0; name++)
        {
            if (*name is < (byte)'0' or > (byte)'9')
                return -1;
            number = (number * 10) + *name - '0';
        }

        return number;
    }

    private static byte* Append(byte* to, ReadOnlySpan<byte> text)
    {
        text.CopyTo(new Span<byte>(to, text.Length));
        return to + text.Length;
    }

    private static byte* Append(byte* to, int number)
    {
        var digits = 1;
        for (var rest = number / 10; rest > 0; rest /= 10)
            digits++;
        for (var i = digits - 1; i >= 0; i--, number /= 10)
            to[i] = (byte)('0' + (number % 10));
        return to + digits;
    }
}
