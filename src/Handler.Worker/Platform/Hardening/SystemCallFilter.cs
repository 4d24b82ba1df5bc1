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
    private const uint Eperm = 1, Enosys = 38;
    private const uint CloneThread = 0x10000;
    private const uint UnixSocket = 1;

    /// <summary>
    /// The first number of a second set of calls, which a kernel for x64 may have: the x32 calls do the same as those without this bit. No
    /// .NET process needs them, and no other architecture has numbers of this size.
    /// </summary>
    private const uint FirstOtherCall = 0x40000000;

    private const int NumberOffset = 0, ArchitectureOffset = 4, FirstArgumentOffset = 16;
    private const int SetModeFilter = 1, SyncThreads = 1;

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
        uint[] IoUring);

    private static Numbers NumbersOf(Architecture architecture) => architecture switch
    {
        Architecture.X64 => new(0xC000003E, 41, [57, 58], 56, 435, [59, 322], 317, [425, 426, 427]),
        Architecture.Arm64 => new(0xC00000B7, 198, [], 220, 435, [221, 281], 277, [425, 426, 427]),
        var other => throw new PlatformNotSupportedException($"No system call filter for {other}."),
    };

    /// <returns><see langword="false"/>, with the error left for the caller, if the kernel refuses.</returns>
    public static bool Install(bool denyNetwork, bool denyProcesses)
    {
        var architecture = RuntimeInformation.ProcessArchitecture;
        var program = Build(architecture, denyNetwork, denyProcesses);
        fixed (FilterInstruction* instructions = program)
        {
            var header = new ProgramHeader { Length = (ushort)program.Length, Instructions = instructions };
            return SysCall(NumbersOf(architecture).Seccomp, SetModeFilter, SyncThreads, (nint)(&header), 0) == 0;
        }
    }

    /// <summary>The filter as the kernel gets it.</summary>
    public static FilterInstruction[] Build(Architecture architecture, bool denyNetwork, bool denyProcesses)
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
        foreach (var number in numbers.IoUring)
            Deny(number, Enosys);
        if (denyProcesses)
        {
            foreach (var number in numbers.Fork)
                Deny(number, Eperm);
            foreach (var number in numbers.Exec)
                Deny(number, Eperm);

            // clone3 passes its flags in memory, which a filter cannot read. glibc falls back to clone if clone3 is missing.
            Deny(numbers.Clone3Call, Enosys);
            program.Add(Do(JumpIfEqual, numbers.CloneCall, 0, 4));
            program.Add(Do(LoadWord, FirstArgumentOffset));
            program.Add(Do(JumpIfSet, CloneThread, 1, 0));
            program.Add(Do(Return, Error | Eperm));
            program.Add(Do(Return, Allow));
        }

        if (denyNetwork)
        {
            program.Add(Do(JumpIfEqual, numbers.Socket, 0, 4));
            program.Add(Do(LoadWord, FirstArgumentOffset));
            program.Add(Do(JumpIfEqual, UnixSocket, 1, 0));
            program.Add(Do(Return, Error | Eperm));
            program.Add(Do(Return, Allow));
        }

        program.Add(Do(Return, Allow));
        return [.. program];

        void Deny(uint number, uint error)
        {
            program.Add(Do(JumpIfEqual, number, 0, 1));
            program.Add(Do(Return, Error | error));
        }
    }

    private static FilterInstruction Do(ushort code, uint operand, byte ifTrue = 0, byte ifFalse = 0)
        => new(code, ifTrue, ifFalse, operand);
}
