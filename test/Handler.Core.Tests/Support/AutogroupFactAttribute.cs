namespace Handler.Tests;

/// <summary>A test for kernels that first divide the processor among sessions.</summary>
internal sealed class AutogroupFactAttribute : FactAttribute
{
    public AutogroupFactAttribute() => Skip = Read().Length > 0 ? null : "processes of this machine have no autogroup";

    /// <summary>The autogroup of this process and its niceness; empty if there are no autogroups.</summary>
    public static string Read()
    {
        const string Path = "/proc/self/autogroup";
        return File.Exists(Path) ? File.ReadAllText(Path).TrimEnd() : "";
    }
}
