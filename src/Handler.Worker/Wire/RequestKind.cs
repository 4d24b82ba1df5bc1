namespace Handler.Wire;

/// <summary>The kind of a frame from the parent.</summary>
internal enum RequestKind : byte
{
    Setup = 1,
    Job = 2,
}
