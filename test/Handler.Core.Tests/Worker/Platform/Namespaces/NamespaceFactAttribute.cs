using Handler.Platform;

namespace Handler.Tests;

/// <summary>A test of workers in namespaces. It is skipped, with the reason, where the system forbids user namespaces.</summary>
internal sealed class NamespaceFactAttribute : FactAttribute
{
    public NamespaceFactAttribute() => Skip = NamespaceTrial.WhyNot(new LaunchRights { PidNamespace = true, NetworkNamespace = true });
}
