namespace Handler.Platform;

/// <summary>One of a job's standard streams.</summary>
internal enum OutputStream
{
    Output,
    Error,
}
