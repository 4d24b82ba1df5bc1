namespace Handler.Tests;

/// <summary>
/// A test that runs a host in special surroundings. It is skipped, with the reason, if the kernel does not let it create them.
/// </summary>
internal class SurroundingsFactAttribute : FactAttribute
{
    /// <param name="needsProcessLimit">Whether the test limits the number of processes.</param>
    /// <param name="needsNamespaces">Whether the test creates mount or process namespaces.</param>
    public SurroundingsFactAttribute(bool needsProcessLimit = false, bool needsNamespaces = false)
        => Skip = (needsProcessLimit ? ProcessGroupLimit.WhyNot() : null) ?? (needsNamespaces ? WhyNoNamespaces() : null);

    private static string? WhyNoNamespaces()
        => SpecialHost.TryTool("unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--", "true") is { } why
            ? $"namespaces cannot be made here: {why}"
            : null;
}
