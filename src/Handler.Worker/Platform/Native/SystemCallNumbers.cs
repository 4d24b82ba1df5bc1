using System.Runtime.InteropServices;

namespace Handler.Platform;

/// <summary>The kernel's numbers of the system calls that bypass the C library, for x64 and arm64.</summary>
internal static class SystemCallNumbers
{
    /// <summary>These are the same on every architecture.</summary>
    public const int PidFdOpen = 434, PidFdSendSignal = 424, CloseRange = 436;

    private static readonly bool IsArm = RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    public static int WaitId => IsArm ? 95 : 247;

    public static int SetGroups => IsArm ? 159 : 116;

    public static int SetResGid => IsArm ? 149 : 119;

    public static int SetResUid => IsArm ? 147 : 117;

    public static int CapSet => IsArm ? 91 : 126;
}
