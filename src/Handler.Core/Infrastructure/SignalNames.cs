namespace Handler.Infrastructure;

/// <summary>Names of Linux signals, as <c>signal(7)</c> numbers them on x64 and arm64.</summary>
internal static class SignalNames
{
    private static readonly string[] Names =
    [
        "none", "SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGKILL", "SIGUSR1",
        "SIGSEGV", "SIGUSR2", "SIGPIPE", "SIGALRM", "SIGTERM", "SIGSTKFLT", "SIGCHLD", "SIGCONT", "SIGSTOP", "SIGTSTP",
        "SIGTTIN", "SIGTTOU", "SIGURG", "SIGXCPU", "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO", "SIGPWR", "SIGSYS",
    ];

    public static string Of(int signal) => signal >= 0 && signal < Names.Length ? Names[signal] : $"signal {signal}";
}
