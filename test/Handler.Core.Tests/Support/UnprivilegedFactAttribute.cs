namespace Handler.Tests;

/// <summary>A test, run as another user, of what only root may do.</summary>
internal sealed class UnprivilegedFactAttribute : FactAttribute
{
    public UnprivilegedFactAttribute() => Skip = Environment.IsPrivilegedProcess ? "the tests run as root" : null;
}
