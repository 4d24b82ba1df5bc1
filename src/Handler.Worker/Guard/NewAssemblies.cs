namespace Handler.Guard;

/// <summary>
/// Tells when assemblies were loaded, so that members of an assembly are looked up only once it is loaded: the lookup would load it.
/// </summary>
internal sealed class NewAssemblies
{
    private volatile bool any = true;

    public NewAssemblies() => AppDomain.CurrentDomain.AssemblyLoad += (_, _) => any = true;

    /// <summary>Whether an assembly was loaded since the last call; true for the first call.</summary>
    public bool Take()
    {
        if (!any)
            return false;
        any = false;
        return true;
    }
}
