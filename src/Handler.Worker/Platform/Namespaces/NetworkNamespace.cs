using static Handler.Platform.LibC;

namespace Handler.Platform;

/// <summary>A network of its own for a thread and all that it starts from then on. It has only a loopback interface.</summary>
internal static unsafe class NetworkNamespace
{
    private const int NewNetwork = 0x40000000; // CLONE_NEWNET
    private const int Internet = 2, Datagrams = 2; // AF_INET, SOCK_DGRAM
    private const nuint GetFlags = 0x8913, SetFlags = 0x8914; // SIOCGIFFLAGS, SIOCSIFFLAGS
    private const int NameBytes = 16, RequestBytes = 40; // of struct ifreq
    private const short IsUp = 1;
    private const int TrialStack = 256 * 1024;

    /// <summary>Why this process cannot create one, as the end of a sentence; <see langword="null"/> if it can.</summary>
    public static string? WhyNot()
    {
        string? why = null;
        var trial = new Thread(() => why = TryEnter(), TrialStack) { IsBackground = true, Name = "Handler network trial" };
        try
        {
            trial.UnsafeStart();
        }
        catch (Exception exception) when (exception is OutOfMemoryException or ThreadStartException)
        {
            return "the system refused a thread to try it on";
        }

        trial.Join(); // the namespace ends with the thread
        return why;
    }

    /// <summary>Gives this thread a new network, and turns its loopback interface on.</summary>
    /// <returns>Why not; <see langword="null"/> if it has one.</returns>
    public static string? TryEnter()
    {
        if (Unshare(NewNetwork) != 0)
            return $"it needs root or CAP_SYS_ADMIN, and a kernel with network namespaces: {LastError()}";
        return TurnLoopbackOn();
    }

    /// <summary>Turns the loopback interface of this thread's network on.</summary>
    /// <returns>Why not; <see langword="null"/> if it is on.</returns>
    public static string? TurnLoopbackOn()
    {
        var socket = Socket(Internet, Datagrams | O_CLOEXEC, 0);
        if (socket < 0)
            return $"the loopback interface cannot be turned on: {LastError()}";
        var request = stackalloc byte[RequestBytes];
        new Span<byte>(request, RequestBytes).Clear();
        "lo"u8.CopyTo(new Span<byte>(request, NameBytes));
        var result = IoCtl(socket, GetFlags, request);
        *(short*)(request + NameBytes) |= IsUp;
        var why = result == 0 && IoCtl(socket, SetFlags, request) == 0
            ? null
            : $"the loopback interface cannot be turned on: {LastError()}";
        _ = Close(socket);
        return why;
    }
}
