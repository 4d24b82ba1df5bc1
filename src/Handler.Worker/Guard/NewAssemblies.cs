namespace Handler.Guard;

/// <summary>Says when assemblies were loaded, so that what belongs to one need not be looked for before it is there: looking would load it.</summary>
internal sealed class NewAssemblies
{
    private volatile bool any = true;

    public NewAssemblies() => AppDomain.CurrentDomain.AssemblyLoad += (_, _) => any = true;

    /// <summary>Whether one was loaded since this was asked last; true the first time.</summary>
    public bool Take()
    {
        if (!any)
            return false;
        any = false;
        return true;
    }
}
