namespace Handler;

/// <summary>Whether workers get cgroups.</summary>
public enum ControlGroupMode
{
    /// <summary>Use cgroups if a version 2 cgroup with the memory controller is delegated to this process.</summary>
    Auto,

    /// <summary>Do not use cgroups.</summary>
    Off,

    /// <summary>Use version 2 or 1, whichever is writable. The handler does not start if neither is.</summary>
    Required,
}
