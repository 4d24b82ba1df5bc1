namespace Handler;

/// <summary>Whether workers get control groups.</summary>
public enum ControlGroupMode
{
    /// <summary>Where this process was delegated a version 2 control group with the memory controller.</summary>
    Auto,

    /// <summary>Never.</summary>
    Off,

    /// <summary>Version 2 or 1, whichever is writable; the handler does not start where neither is.</summary>
    Required,
}
