using System.Runtime.InteropServices;
using static Handler.Platform.LibC;

namespace Handler.Platform;

/// <summary>
/// Messages between a node and a new worker. The kernel translates the worker's process id for the node, and descriptors are sent with the
/// orders, so that the programs between the two never have them.
/// </summary>
internal static unsafe class EntrySocket
{
    /// <summary>The maximum number of descriptors in a message.</summary>
    public const int MostDescriptors = 10;

    private const int Rights = 1, Sender = 2; // SCM_RIGHTS, SCM_CREDENTIALS
    private const int NoSignal = 0x4000; // MSG_NOSIGNAL
    private const int HeadSize = 16, ControlSize = 128;

    /// <summary><c>struct msghdr</c>: in all C libraries, numbers of this size read the same on little-endian machines.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Message
    {
        public void* Name;
        public nuint NameLength;
        public Part* Parts;
        public nuint PartCount;
        public byte* Control;
        public nuint ControlLength;
        public long Flags;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Part
    {
        public void* Start;
        public nuint Length;
    }

    /// <summary>The worker says that it is there.</summary>
    public static bool Announce(int socket)
    {
        byte nothing = 0;
        return Write(socket, &nothing, 1) == 1;
    }

    /// <summary>Takes the announcement.</summary>
    /// <returns>The sender's process id, as this process sees it; 0 if there is none.</returns>
    public static int TakeAnnouncement(int socket)
    {
        byte nothing;
        var control = stackalloc byte[ControlSize];
        var part = new Part { Start = &nothing, Length = 1 };
        var message = new Message { Parts = &part, PartCount = 1, Control = control, ControlLength = ControlSize };
        return ReceiveMessage(socket, &message, 0) == 1 && message.ControlLength > HeadSize && *(int*)(control + 12) == Sender
            ? *(int*)(control + HeadSize)
            : 0;
    }

    /// <returns><see langword="false"/>, with the error left for the caller, if the worker is gone.</returns>
    public static bool Send(int socket, EntryOrders orders, ReadOnlySpan<int> descriptors)
    {
        var control = stackalloc byte[ControlSize];
        *(nuint*)control = (nuint)(HeadSize + (descriptors.Length * sizeof(int)));
        *(int*)(control + 8) = SOL_SOCKET;
        *(int*)(control + 12) = Rights;
        descriptors.CopyTo(new Span<int>(control + HeadSize, MostDescriptors));
        var part = new Part { Start = &orders, Length = (nuint)sizeof(EntryOrders) };
        var message = new Message
        {
            Parts = &part,
            PartCount = 1,
            Control = control,
            ControlLength = *(nuint*)control,
        };
        return SendMessage(socket, &message, NoSignal) == sizeof(EntryOrders);
    }

    /// <summary>Waits for the orders.</summary>
    /// <returns>The number of descriptors; -1 if the node is gone.</returns>
    public static int Receive(int socket, out EntryOrders orders, Span<int> descriptors)
    {
        var control = stackalloc byte[ControlSize];
        EntryOrders received;
        var part = new Part { Start = &received, Length = (nuint)sizeof(EntryOrders) };
        var message = new Message { Parts = &part, PartCount = 1, Control = control, ControlLength = ControlSize };
        var length = ReceiveMessage(socket, &message, 0);
        orders = received;
        if (length != sizeof(EntryOrders) || message.ControlLength <= HeadSize || *(int*)(control + 12) != Rights)
            return -1;
        var count = (int)((*(nuint*)control - HeadSize) / sizeof(int));
        new Span<int>(control + HeadSize, count).CopyTo(descriptors);
        return count;
    }
}
