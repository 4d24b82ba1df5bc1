using System.Runtime.InteropServices;
using static Handler.Platform.LibC;

namespace Handler.Platform;

/// <summary>
/// A seccomp filter for all threads of the worker. Denied calls fail with EPERM, like a missing right, so that code gets its usual
/// exception and the process is not killed. The numbers are the kernel's, for x64 and arm64.
/// </summary>
internal static unsafe class SystemCallFilter
{
    private const ushort LoadWord = 0x20, JumpIfEqual = 0x15, JumpIfAtLeast = 0x35, JumpIfSet = 0x45, Return = 0x06;
    private const uint Allow = 0x7fff0000, KillProcess = 0x80000000, Error = 0x00050000;
    private const uint Eperm = 1, Enosys = 38, Eopnotsupp = 95;
    private const uint CloneThread = 0x10000;
    private const uint UnixSocket = 1, ThisProcess = 0;
    private const uint KeepSize = 1; // FALLOC_FL_KEEP_SIZE

    /// <summary>
    /// The first number of a second set of calls, which a kernel for x64 may have: the x32 calls do the same as those without this bit. No
    /// .NET process needs them, and no other architecture has numbers of this size.
    /// </summary>
    private const uint FirstOtherCall = 0x40000000;

    private const int NumberOffset = 0, ArchitectureOffset = 4, FirstArgumentOffset = 16, SecondArgumentOffset = 24;
    private const int SetModeFilter = 1, GetActionAvailable = 2, SyncThreads = 1;

    /// <summary>The flags of clone that create namespaces.</summary>
    private const uint CloneNamespaces = 0x7e020000;

    [StructLayout(LayoutKind.Sequential)]
    private struct ProgramHeader
    {
        public ushort Length;
        public FilterInstruction* Instructions;
    }

    private readonly record struct Numbers(
        uint Architecture,
        uint Socket,
        uint[] Fork,
        uint CloneCall,
        uint Clone3Call,
        uint[] Exec,
        int Seccomp,
        uint[] IoUring,
        uint SocketPair);

    private static Numbers NumbersOf(Architecture architecture) => architecture switch
    {
        Architecture.X64 => new(
            0xC000003E, 41, [57, 58], 56, 435, [59, 322], 317, [425, 426, 427], 53),
        Architecture.Arm64 => new(
            0xC00000B7, 198, [], 220, 435, [221, 281], 277, [425, 426, 427], 199),
        var other => throw new PlatformNotSupportedException($"No system call filter for {other}."),
    };

    /// <summary>Why this kernel has no such filters, as the end of a sentence; <see langword="null"/> if it has.</summary>
    public static string? WhyNot()
    {
        var action = Error;
        return SysCall(NumbersOf(RuntimeInformation.ProcessArchitecture).Seccomp, GetActionAvailable, 0, (nint)(&action), 0) == 0
            ? null
            : $"it needs seccomp filters, and this kernel ({Environment.OSVersion.Version}) has none ({LastError()})";
    }

    /// <returns><see langword="false"/>, with the error left for the caller, if the kernel refuses.</returns>
    public static bool Install(DeniedCalls denied)
    {
        var architecture = RuntimeInformation.ProcessArchitecture;
        var program = Build(architecture, denied);
        fixed (FilterInstruction* instructions = program)
        {
            var header = new ProgramHeader { Length = (ushort)program.Length, Instructions = instructions };
            return SysCall(NumbersOf(architecture).Seccomp, SetModeFilter, SyncThreads, (nint)(&header), 0) == 0;
        }
    }

    /// <summary>The filter as the kernel gets it.</summary>
    public static FilterInstruction[] Build(Architecture architecture, DeniedCalls denied)
    {
        var numbers = NumbersOf(architecture);
        var program = new List<FilterInstruction>
        {
            Do(LoadWord, ArchitectureOffset),
            Do(JumpIfEqual, numbers.Architecture, 1, 0),
            Do(Return, KillProcess),
            Do(LoadWord, NumberOffset),
            Do(JumpIfAtLeast, FirstOtherCall, 0, 1),
            Do(Return, Error | Enosys),
        };

        // io_uring could open sockets without passing the filter.
        Deny(program, numbers.IoUring, Enosys);
        if (denied.HasFlag(DeniedCalls.Rare))
            AddRare(program, architecture);
        AddFiles(program, architecture, denied);
        if (denied.HasFlag(DeniedCalls.Processes))
            Deny(program, [.. numbers.Fork, .. numbers.Exec], Eperm);
        AddClone(program, numbers, denied);
        AddSocket(program, numbers, denied);
        program.Add(Do(Return, Allow));
        return [.. program];
    }

    private static void AddRare(List<FilterInstruction> program, Architecture architecture)
    {
        program.Add(Do(JumpIfAtLeast, RareSystemCalls.FirstUnknown, 0, 1));
        program.Add(Do(Return, Error | Enosys));
        Deny(program, SystemCall.NumbersOf(RareSystemCalls.All, architecture), Eperm);
        foreach (var number in SystemCall.NumbersOf(RareSystemCalls.ForOthers, architecture))
            AddArgumentCheck(program, number, Do(JumpIfEqual, ThisProcess, 1, 0));

        // Space beyond the end of a file passes the limit on the file's size. Code that asks for it does without on some file systems.
        var allocate = FileSystemCalls.FAllocate.NumberOn(architecture)!.Value;
        AddArgumentCheck(program, allocate, Do(JumpIfSet, KeepSize, 0, 1), SecondArgumentOffset, Eopnotsupp);
    }

    private static void AddFiles(List<FilterInstruction> program, Architecture architecture, DeniedCalls denied)
    {
        var (attributes, watching) = (denied.HasFlag(DeniedCalls.FileAttributes), denied.HasFlag(DeniedCalls.FileWatching));
        if (attributes)
        {
            Deny(program, SystemCall.NumbersOf(FileSystemCalls.Attributes, architecture), Eperm);
            DenyCommands(program, FileSystemCalls.IoCtl.NumberOn(architecture)!.Value, FileSystemCalls.AttributeCommands);
        }

        if (watching)
            Deny(program, SystemCall.NumbersOf(FileSystemCalls.Watching, architecture), Eperm);
        if (attributes || watching)
            DenyCommands(
                program,
                FileSystemCalls.FCntl.NumberOn(architecture)!.Value,
                [.. attributes ? FileSystemCalls.LeaseCommands : [], .. watching ? FileSystemCalls.WatchCommands : []]);
    }

    /// <summary>Denies new processes, or only those with namespaces of their own. A new thread is neither.</summary>
    private static void AddClone(List<FilterInstruction> program, Numbers numbers, DeniedCalls denied)
    {
        if ((denied & (DeniedCalls.Processes | DeniedCalls.Rare)) == 0)
            return;

        // clone3 passes its flags in memory, which a filter cannot read. glibc falls back to clone if clone3 is missing.
        Deny(program, [numbers.Clone3Call], Enosys);
        var isDenied = denied.HasFlag(DeniedCalls.Processes)
            ? Do(JumpIfSet, CloneThread, 1, 0)
            : Do(JumpIfSet, CloneNamespaces, 0, 1);
        AddArgumentCheck(program, numbers.CloneCall, isDenied);
    }

    private static void AddSocket(List<FilterInstruction> program, Numbers numbers, DeniedCalls denied)
    {
        // A pair can be connected to another socket, if it is one of datagrams.
        if (denied.HasFlag(DeniedCalls.UnixSockets))
            Deny(program, [numbers.SocketPair], Eperm);
        if (denied.HasFlag(DeniedCalls.UnixSockets | DeniedCalls.Network))
            Deny(program, [numbers.Socket], Eperm);
        else if (denied.HasFlag(DeniedCalls.Network))
            AddArgumentCheck(program, numbers.Socket, Do(JumpIfEqual, UnixSocket, 1, 0));
        else if (denied.HasFlag(DeniedCalls.UnixSockets))
            AddArgumentCheck(program, numbers.Socket, Do(JumpIfEqual, UnixSocket, 0, 1));
    }

    /// <summary>Denies a call depending on one of its arguments.</summary>
    /// <param name="program">The program so far.</param>
    /// <param name="number">The call. No later check sees it.</param>
    /// <param name="check">Skips the next instruction, which denies the call, if the call is allowed.</param>
    /// <param name="argument">Where the argument's lower half is.</param>
    /// <param name="error">With what a denied call fails.</param>
    private static void AddArgumentCheck(
        List<FilterInstruction> program,
        uint number,
        FilterInstruction check,
        uint argument = FirstArgumentOffset,
        uint error = Eperm)
    {
        program.Add(Do(JumpIfEqual, number, 0, 4));
        program.Add(Do(LoadWord, argument));
        program.Add(check);
        program.Add(Do(Return, Error | error));
        program.Add(Do(Return, Allow));
    }

    /// <summary>Denies a call if its second argument is one of some commands.</summary>
    /// <param name="program">The program so far.</param>
    /// <param name="number">The call. No later check sees it.</param>
    /// <param name="commands">The commands.</param>
    private static void DenyCommands(List<FilterInstruction> program, uint number, uint[] commands)
    {
        program.Add(Do(JumpIfEqual, number, 0, (byte)((2 * commands.Length) + 2)));
        program.Add(Do(LoadWord, SecondArgumentOffset));
        Deny(program, commands, Eperm);
        program.Add(Do(Return, Allow));
    }

    /// <summary>Denies calls, or commands, by their number.</summary>
    private static void Deny(List<FilterInstruction> program, IEnumerable<uint> numbers, uint error)
    {
        foreach (var number in numbers)
        {
            program.Add(Do(JumpIfEqual, number, 0, 1));
            program.Add(Do(Return, Error | error));
        }
    }

    private static FilterInstruction Do(ushort code, uint operand, byte ifTrue = 0, byte ifFalse = 0)
        => new(code, ifTrue, ifFalse, operand);
}
