using System.Runtime.InteropServices;

namespace Handler.Platform;

/// <summary>A system call, with the kernel's numbers of it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="X64">Its number on x64; <see langword="null"/> if there is no such call.</param>
/// <param name="Arm64">Its number on arm64.</param>
internal readonly record struct SystemCall(string Name, uint? X64, uint? Arm64)
{
    /// <summary>The numbers on one of the two architectures, of those calls that it has.</summary>
    public static IEnumerable<uint> NumbersOf(IEnumerable<SystemCall> calls, Architecture architecture)
        => calls.Select(call => call.NumberOn(architecture)).OfType<uint>();

    public uint? NumberOn(Architecture architecture) => architecture == Architecture.Arm64 ? Arm64 : X64;
}
