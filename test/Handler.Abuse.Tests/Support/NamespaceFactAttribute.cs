namespace Handler.Tests;

/// <summary>
/// A test of workers in namespaces, whose host is not root. It is skipped, with the reason, where the system forbids user namespaces.
/// </summary>
internal sealed class NamespaceFactAttribute : FactAttribute
{
    private static readonly string[] Trial =
    [
        "unshare", "--user", "--map-current-user", "--keep-caps", "--pid", "--net", "--fork", "--mount-proc", "--", "true",
    ];

    public NamespaceFactAttribute()
        => Skip = SpecialHost.TryTool([.. new Surroundings { UserId = User }.Wrap(null, Trial)]) is { } why
            ? $"user namespaces cannot be made here: {why}"
            : null;

    /// <summary>The host's user: one without rights if the tests run as root.</summary>
    public static int? User => Environment.IsPrivilegedProcess ? 65534 : null;
}
