namespace Handler.Tests;

/// <summary>
/// A test that needs a kernel which reports a process's exit through its process descriptor even after another waiter has reaped it.
/// </summary>
internal sealed class ExitInfoFactAttribute : SurroundingsFactAttribute
{
    public ExitInfoFactAttribute(bool needsNamespaces)
        : base(needsNamespaces: needsNamespaces) =>
        Skip ??=
            Environment.OSVersion.Version >= new Version(6, 15)
                ? null
                : "this kernel is older than 6.15 and forgets how a process has ended once somebody has waited for it";
}
