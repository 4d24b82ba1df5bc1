namespace Handler.Tests;

/// <summary>A test that needs root, because only root can change users and has capabilities.</summary>
internal sealed class PrivilegedFactAttribute : FactAttribute
{
    public PrivilegedFactAttribute() => Skip = Environment.IsPrivilegedProcess ? null : "the tests do not run as root";
}
