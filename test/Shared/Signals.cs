using System.Runtime.InteropServices;

namespace Handler.Shared;

/// <summary>Signal numbers, and a method that sends signals.</summary>
internal static partial class Signals
{
    public const int Kill = 9, Terminate = 15, Continue = 18, Stop = 19;

    /// <summary>Sends a signal to a process, as an operator would.</summary>
    /// <returns>0, or -1 if it could not be sent because there is no such process.</returns>
    [LibraryImport("libc", EntryPoint = "kill")]
    public static partial int Send(int pid, int signal);
}
