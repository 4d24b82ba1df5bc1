using System.Runtime.InteropServices;
using Handler.Platform;

namespace Handler.Tests.Platform;

/// <summary>Which system calls the built filter allows, on each architecture. The tests run the program as the kernel does.</summary>
public sealed class SystemCallFilterTests
{
    private const ushort BpfLoadWord = 0x20, BpfJumpIfEqual = 0x15, BpfJumpIfAtLeast = 0x35, BpfJumpIfSet = 0x45, BpfReturn = 0x06;
    private const uint Allow = 0x7fff0000, KillProcess = 0x80000000, Error = 0x00050000;
    private const uint NotPermitted = Error | 1, NoSuchCall = Error | 38, NotSupported = Error | 95;
    private const uint X64 = 0xC000003E, Arm64 = 0xC00000B7, X86 = 0x40000003;
    private const uint Clone3 = 435;
    private const ulong CloneThread = 0x10000, CloneVm = 0x100, SigChild = 17;
    private const ulong Unix = 1, Internet = 2, Internet6 = 10, NetLink = 16;

    /// <summary>More numbers than there are system calls.</summary>
    private const uint Numbers = 1024;

    private static readonly uint[] IoUring = [425, 426, 427];

    public static TheoryData<Architecture, bool, bool> Filters()
    {
        var all = new TheoryData<Architecture, bool, bool>();
        foreach (var architecture in (Architecture[])[Architecture.X64, Architecture.Arm64])
        {
            foreach (var (denyNetwork, denyProcesses) in ((bool, bool)[])[(false, false), (true, false), (false, true), (true, true)])
                all.Add(architecture, denyNetwork, denyProcesses);
        }

        return all;
    }

    public static TheoryData<Architecture> Architectures() => [Architecture.X64, Architecture.Arm64];

    [Theory]
    [MemberData(nameof(Filters))]
    public void Only_the_denied_calls_fail(Architecture architecture, bool denyNetwork, bool denyProcesses)
    {
        var calls = CallsOf(architecture);
        var filter = Build(architecture, denyNetwork, denyProcesses);
        for (var number = 0u; number < Numbers; number++)
        {
            // The first argument is neither a socket that is allowed nor a thread.
            var expected = IoUring.Contains(number) ? NoSuchCall
                : denyProcesses && number == Clone3 ? NoSuchCall
                : denyProcesses && (number == calls.Clones || calls.NewProcess.Contains(number)) ? NotPermitted
                : denyNetwork && number == calls.Socket ? NotPermitted
                : Allow;
            Assert.Equal((number, expected), (number, Run(filter, calls.Architecture, number, Internet)));
        }
    }

    [Theory]
    [MemberData(nameof(Filters))]
    public void A_call_of_another_architecture_kills_the_process(Architecture architecture, bool denyNetwork, bool denyProcesses)
    {
        var filter = Build(architecture, denyNetwork, denyProcesses);
        foreach (var other in ((uint[])[X64, Arm64, X86]).Where(each => each != CallsOf(architecture).Architecture))
            Assert.Equal(KillProcess, Run(filter, other, 0));
    }

    /// <summary>On x64 the calls with this bit do the same as those without it, if the kernel has them.</summary>
    [Theory]
    [MemberData(nameof(Filters))]
    public void A_second_number_of_a_call_is_refused(Architecture architecture, bool denyNetwork, bool denyProcesses)
    {
        var filter = Build(architecture, denyNetwork, denyProcesses);
        for (var number = 0u; number < Numbers; number++)
            Assert.Equal((number, NoSuchCall), (number, Run(filter, CallsOf(architecture).Architecture, 0x40000000 | number, Internet)));
        Assert.Equal(NoSuchCall, Run(filter, CallsOf(architecture).Architecture, uint.MaxValue, Internet));
    }

    [Theory]
    [MemberData(nameof(Architectures))]
    public void Threads_can_be_started_where_processes_cannot(Architecture architecture)
    {
        var calls = CallsOf(architecture);
        var filter = Build(architecture, denyNetwork: false, denyProcesses: true);
        Assert.Equal(Allow, Run(filter, calls.Architecture, calls.Clones, CloneThread | CloneVm));
        Assert.Equal(NotPermitted, Run(filter, calls.Architecture, calls.Clones, SigChild));
        Assert.Equal(NotPermitted, Run(filter, calls.Architecture, calls.Clones, CloneVm | SigChild)); // as vfork
    }

    [Theory]
    [MemberData(nameof(Architectures))]
    public void Only_sockets_of_this_machine_can_be_opened_where_the_network_is_denied(Architecture architecture)
    {
        var calls = CallsOf(architecture);
        var filter = Build(architecture, denyNetwork: true, denyProcesses: false);
        Assert.Equal(Allow, Run(filter, calls.Architecture, calls.Socket, Unix));
        Assert.All(
            (ulong[])[0, Internet, Internet6, NetLink],
            family => Assert.Equal(NotPermitted, Run(filter, calls.Architecture, calls.Socket, family)));
    }

    [Theory]
    [MemberData(nameof(Architectures))]
    public void The_upper_half_of_an_argument_does_not_count(Architecture architecture)
    {
        const ulong Upper = 0xffffffff_00000000;
        var calls = CallsOf(architecture);
        var filter = Build(architecture, denyNetwork: true, denyProcesses: true);
        Assert.Equal(NotPermitted, Run(filter, calls.Architecture, calls.Socket, Upper | Internet));
        Assert.Equal(NotPermitted, Run(filter, calls.Architecture, calls.Clones, Upper | SigChild));
        Assert.Equal(Allow, Run(filter, calls.Architecture, calls.Socket, Upper | Unix));
    }

    [Theory]
    [MemberData(nameof(Filters))]
    public void The_kernel_accepts_the_program(Architecture architecture, bool denyNetwork, bool denyProcesses)
    {
        var filter = Build(architecture, denyNetwork, denyProcesses);
        Assert.InRange(filter.Length, 1, 4096); // BPF_MAXINSNS
        Assert.Equal(8, Marshal.SizeOf<FilterInstruction>());
        Assert.Equal(BpfReturn, filter[^1].Code);
        for (var at = 0; at < filter.Length; at++)
            Assert.True(at + Math.Max(filter[at].IfTrue, filter[at].IfFalse) < filter.Length, $"Instruction {at} jumps behind the end.");
    }

    [Fact]
    public void Other_architectures_have_no_filter()
        => Assert.Throws<PlatformNotSupportedException>(() => Build(Architecture.S390x, true, true));

    [Theory]
    [MemberData(nameof(Architectures))]
    public void Unix_sockets_can_be_denied_alone_or_with_all_others(Architecture architecture)
    {
        var calls = CallsOf(architecture);
        var alone = SystemCallFilter.Build(architecture, DeniedCalls.UnixSockets);
        Assert.Equal(NotPermitted, Run(alone, calls.Architecture, calls.Socket, Unix));
        Assert.Equal(NotPermitted, Run(alone, calls.Architecture, calls.SocketPair, Unix));
        Assert.Equal(Allow, Run(alone, calls.Architecture, calls.Socket, Internet));
        var all = SystemCallFilter.Build(architecture, DeniedCalls.UnixSockets | DeniedCalls.Network);
        Assert.All(
            (ulong[])[0, Unix, Internet, Internet6, NetLink],
            family => Assert.Equal(NotPermitted, Run(all, calls.Architecture, calls.Socket, family)));
    }

    [Theory]
    [MemberData(nameof(Architectures))]
    public void Rare_calls_are_denied_and_all_others_are_not(Architecture architecture)
    {
        var calls = CallsOf(architecture);
        var rare = SystemCall.NumbersOf(RareSystemCalls.All, architecture).ToList();
        var filter = SystemCallFilter.Build(architecture, DeniedCalls.Rare);
        for (var number = 0u; number < Numbers; number++)
        {
            var expected = IoUring.Contains(number) || number == Clone3 || number >= RareSystemCalls.FirstUnknown ? NoSuchCall
                : rare.Contains(number) ? NotPermitted
                : Allow;
            Assert.Equal((number, expected), (number, Run(filter, calls.Architecture, number, firstArgument: 0)));
        }
    }

    [Theory]
    [MemberData(nameof(Architectures))]
    public void Where_rare_calls_are_denied_a_process_has_no_namespaces_and_changes_only_its_own_limits(Architecture architecture)
    {
        const ulong NewUser = 0x10000000, NewNetwork = 0x40000000, NewMounts = 0x20000, NewGroups = 0x02000000;
        var calls = CallsOf(architecture);
        var filter = SystemCallFilter.Build(architecture, DeniedCalls.Rare);
        Assert.All(
            (ulong[])[NewUser, NewNetwork, NewMounts, NewGroups],
            flag => Assert.Equal(NotPermitted, Run(filter, calls.Architecture, calls.Clones, flag | SigChild)));
        Assert.Equal(Allow, Run(filter, calls.Architecture, calls.Clones, SigChild));
        Assert.Equal(Allow, Run(filter, calls.Architecture, calls.Clones, CloneThread | CloneVm));
        Assert.All((uint[])[calls.Limits, calls.Affinity], number =>
        {
            Assert.Equal(Allow, Run(filter, calls.Architecture, number, 0));
            Assert.Equal(NotPermitted, Run(filter, calls.Architecture, number, 1));
        });
    }

    [Theory]
    [MemberData(nameof(Architectures))]
    public void Space_beyond_the_end_of_a_file_cannot_be_reserved_where_rare_calls_are_denied(Architecture architecture)
    {
        const ulong KeepSize = 1, PunchHole = 2, ZeroRange = 0x10;
        var calls = CallsOf(architecture);
        var filter = SystemCallFilter.Build(architecture, DeniedCalls.Rare);
        Assert.All(
            (ulong[])[KeepSize, KeepSize | PunchHole, KeepSize | ZeroRange],
            mode => Assert.Equal(NotSupported, Run(filter, calls.Architecture, calls.Allocate, 5, mode)));
        Assert.All((ulong[])[0, ZeroRange], mode => Assert.Equal(Allow, Run(filter, calls.Architecture, calls.Allocate, 5, mode)));
    }

    [Theory]
    [MemberData(nameof(Architectures))]
    public void Attributes_and_watching_are_denied_each_alone_and_other_commands_are_not(Architecture architecture)
    {
        const uint SetFlags = 0x40086602, WindowSize = 0x5413, SetLease = 1024, Notify = 1026, SetFileFlags = 4;
        var calls = CallsOf(architecture);
        foreach (var denied in (DeniedCalls[])
            [DeniedCalls.None, DeniedCalls.FileAttributes, DeniedCalls.FileWatching, DeniedCalls.FileAttributes | DeniedCalls.FileWatching])
        {
            var filter = SystemCallFilter.Build(architecture, denied);
            var attributes = denied.HasFlag(DeniedCalls.FileAttributes) ? NotPermitted : Allow;
            var watching = denied.HasFlag(DeniedCalls.FileWatching) ? NotPermitted : Allow;
            var ofAttributes = SystemCall.NumbersOf(FileSystemCalls.Attributes, architecture).ToList();
            var ofWatching = SystemCall.NumbersOf(FileSystemCalls.Watching, architecture).ToList();
            for (var number = 0u; number < Numbers; number++)
            {
                var expected = IoUring.Contains(number) ? NoSuchCall
                    : ofAttributes.Contains(number) ? attributes
                    : ofWatching.Contains(number) ? watching
                    : Allow;
                Assert.Equal((number, expected), (number, Run(filter, calls.Architecture, number)));
            }

            Assert.Equal(attributes, Run(filter, calls.Architecture, calls.IoCtl, 5, SetFlags));
            Assert.Equal(Allow, Run(filter, calls.Architecture, calls.IoCtl, 5, WindowSize));
            Assert.Equal(attributes, Run(filter, calls.Architecture, calls.FCntl, 5, SetLease));
            Assert.Equal(watching, Run(filter, calls.Architecture, calls.FCntl, 5, Notify));
            Assert.Equal(Allow, Run(filter, calls.Architecture, calls.FCntl, 5, SetFileFlags));
        }
    }

    /// <summary>Each number is in one list only: what follows in the program does not see a call that a check has allowed.</summary>
    [Theory]
    [MemberData(nameof(Architectures))]
    public void No_call_is_in_two_lists(Architecture architecture)
    {
        SystemCall[] all =
        [
            .. RareSystemCalls.All, .. RareSystemCalls.ForOthers, .. FileSystemCalls.Attributes, .. FileSystemCalls.Watching,
            FileSystemCalls.IoCtl, FileSystemCalls.FCntl, FileSystemCalls.FAllocate,
        ];
        var numbers = SystemCall.NumbersOf(all, architecture).ToList();
        Assert.Equal(numbers.Count, numbers.Distinct().Count());
        Assert.Equal(all.Length, all.Select(static call => call.Name).Distinct().Count());
        Assert.All(numbers, static number => Assert.InRange(number, 0u, RareSystemCalls.FirstUnknown - 1));
    }

    [Fact]
    public void The_docs_list_each_denied_call()
    {
        var document = File.ReadAllText(Path.Combine(Solution.Folder, "docs", "security.md"));
        SystemCall[] all =
            [.. RareSystemCalls.All, .. RareSystemCalls.ForOthers, .. FileSystemCalls.Attributes, .. FileSystemCalls.Watching];
        Assert.All(all, call => Assert.Contains($"`{call.Name}`", document));
    }

    private static FilterInstruction[] Build(Architecture architecture, bool denyNetwork, bool denyProcesses)
        => SystemCallFilter.Build(
            architecture,
            (denyNetwork ? DeniedCalls.Network : 0) | (denyProcesses ? DeniedCalls.Processes : 0));

    /// <summary>What the filter decides about a call: see seccomp(2) and the kernel's documentation of BPF.</summary>
    private static uint Run(
        FilterInstruction[] filter, uint architecture, uint number, ulong firstArgument = 0, ulong? secondArgument = null)
    {
        var call = new byte[64]; // struct seccomp_data
        call.AsSpan().Fill(0xee); // what the filter must not depend on
        BitConverter.TryWriteBytes(call.AsSpan(0), number);
        BitConverter.TryWriteBytes(call.AsSpan(4), architecture);
        BitConverter.TryWriteBytes(call.AsSpan(16), firstArgument);
        if (secondArgument is { } second)
            BitConverter.TryWriteBytes(call.AsSpan(24), second);
        var accumulator = 0u;
        for (var at = 0; ; at++)
        {
            var (code, ifTrue, ifFalse, operand) = filter[at];
            switch (code)
            {
                case BpfLoadWord:
                    accumulator = BitConverter.ToUInt32(call, (int)operand);
                    break;
                case BpfJumpIfEqual:
                    at += accumulator == operand ? ifTrue : ifFalse;
                    break;
                case BpfJumpIfAtLeast:
                    at += accumulator >= operand ? ifTrue : ifFalse;
                    break;
                case BpfJumpIfSet:
                    at += (accumulator & operand) != 0 ? ifTrue : ifFalse;
                    break;
                case BpfReturn:
                    return operand;
                default:
                    throw new InvalidOperationException($"Instruction {at} has the unknown code {code}.");
            }
        }
    }

    /// <summary>The numbers of the kernel's tables of system calls.</summary>
    private static Calls CallsOf(Architecture architecture) => architecture == Architecture.X64
        ? new Calls(
            X64, 41, SocketPair: 53, 302, Affinity: 203, IoCtl: 16, FCntl: 72, Allocate: 285, 56,
            [57 /* fork */, 58 /* vfork */, 59 /* execve */, 322 /* execveat */])
        : new Calls(
            Arm64, 198, SocketPair: 199, 261, Affinity: 122, IoCtl: 29, FCntl: 25, Allocate: 47, 220,
            [221 /* execve */, 281 /* execveat */]);

    /// <param name="Architecture">The architecture, as the kernel names it in seccomp data.</param>
    /// <param name="Socket">The call <c>socket</c>.</param>
    /// <param name="SocketPair">The call <c>socketpair</c>.</param>
    /// <param name="Limits">The call <c>prlimit64</c>.</param>
    /// <param name="Affinity">The call <c>sched_setaffinity</c>.</param>
    /// <param name="IoCtl">The call <c>ioctl</c>.</param>
    /// <param name="FCntl">The call <c>fcntl</c>.</param>
    /// <param name="Allocate">The call <c>fallocate</c>.</param>
    /// <param name="Clones">The call <c>clone</c>, which starts threads and processes.</param>
    /// <param name="NewProcess">Calls that start a process or another program.</param>
    private sealed record Calls(
        uint Architecture,
        uint Socket,
        uint SocketPair,
        uint Limits,
        uint Affinity,
        uint IoCtl,
        uint FCntl,
        uint Allocate,
        uint Clones,
        uint[] NewProcess);
}
