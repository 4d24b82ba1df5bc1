using System.Runtime.CompilerServices;

namespace Handler.BadJobs;

/// <summary>
/// Functions that end their whole process instead of returning, and functions that throw. See <see cref="NativeExits"/> for native
/// exits.
/// </summary>
public static class Exits
{
    /// <summary>Ends the process with an exit code, the managed way.</summary>
    public static void Exit(int code) => Environment.Exit(code);

    /// <summary>Ends the process with an exit code while other threads keep running.</summary>
    public static void ExitFromAnotherThread(int code)
    {
        new Thread(() => Environment.Exit(code)).Start();
        CpuHogs.Sleep();
    }

    /// <summary>Ends the process immediately, with a message on stderr.</summary>
    public static void FailFast(string message) => Environment.FailFast(message);

    /// <summary>Calls itself until the stack overflows.</summary>
    public static int StackOverflow() => Deeper(0);

    /// <summary>Throws on a separate thread, where nothing catches it.</summary>
    public static void ThrowOnAnotherThread(string message)
    {
        new Thread(() => throw new InvalidOperationException(message)).Start();
        CpuHogs.Sleep();
    }

    /// <summary>Throws from an <c>async void</c> method, where nothing catches it.</summary>
    public static void ThrowFromAsyncVoid(string message)
    {
        ThrowLater(message);
        CpuHogs.Sleep();
    }

    /// <summary>Throws from a timer's callback, where nothing catches it.</summary>
    public static void ThrowFromTimer(string message)
    {
        using var timer = new Timer(_ => throw new InvalidOperationException(message), null, 1, Timeout.Infinite);
        CpuHogs.Sleep();
    }

    /// <summary>Throws from a finalizer, where nothing catches it.</summary>
    public static void ThrowFromFinalizer()
    {
        Abandon();
        GC.Collect();
        CpuHogs.Sleep();
    }

    /// <summary>Lets an unobserved task fail, and returns. This does no harm.</summary>
    public static int ThrowInForgottenTask()
    {
        _ = Task.Run(() => throw new InvalidOperationException("no code observes this"));
        return 1;
    }

    /// <summary>Throws.</summary>
    public static int Throw(string message) => throw new ArgumentException(message);

    /// <summary>Throws after an await.</summary>
    public static async Task<int> ThrowAsync(string message)
    {
        await Task.Yield();
        throw new ArgumentException(message);
    }

    /// <summary>Throws an exception of a custom type, with nested inner exceptions.</summary>
    public static int ThrowOwnException() =>
        throw new OwnException("outer", new AggregateException("middle", new FormatException("first"), new KeyNotFoundException("second")));

    /// <summary>Throws an exception whose message and text throw when they are read.</summary>
    public static int ThrowUnreadableException() => throw new UnreadableException();

    /// <summary>Throws an exception whose <c>Message</c> getter never returns.</summary>
    public static int ThrowEndlessException() => throw new EndlessException();

    /// <summary>Throws an exception with a message of this many characters.</summary>
    public static int ThrowHugeException(int characters) => throw new InvalidOperationException(new string('x', characters));

    /// <summary>Throws <see cref="OutOfMemoryException"/> explicitly, without using any memory.</summary>
    public static int ThrowOutOfMemory() => throw new OutOfMemoryException("made up");

    /// <summary>Throws <see cref="OperationCanceledException"/> although nothing was cancelled.</summary>
    public static int ThrowCanceled() => throw new OperationCanceledException("made up");

    /// <summary>Writes to an address in the first page, which the runtime turns into a <see cref="NullReferenceException"/>.</summary>
    public static unsafe int ManagedNullWrite()
    {
        *(int*)0x10 = 1;
        return 0;
    }

    private static int Deeper(int depth) => Deeper(depth + 1) + 1;

    private static async void ThrowLater(string message)
    {
        await Task.Yield();
        throw new InvalidOperationException(message);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Abandon() => _ = new Trap();

    private sealed class Trap
    {
        ~Trap() => throw new InvalidOperationException("finalizer");
    }

    private sealed class UnreadableException : Exception
    {
        public override string Message => throw new InvalidOperationException("no message");

        public override string? StackTrace => throw new InvalidOperationException("no stack trace");

        public override string ToString() => throw new InvalidOperationException("no text");
    }

    private sealed class EndlessException : Exception
    {
        public override string Message
        {
            get
            {
                CpuHogs.TightLoop();
                return "";
            }
        }
    }
}
