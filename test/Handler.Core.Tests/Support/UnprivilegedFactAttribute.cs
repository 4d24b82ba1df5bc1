namespace Handler.Tests;

/// <summary>A test of what root alone may do, as seen by another user.</summary>
internal sealed class UnprivilegedFactAttribute : FactAttribute
{
    public UnprivilegedFactAttribute() => Skip = Environment.IsPrivilegedProcess ? "the tests run as root" : null;
}
