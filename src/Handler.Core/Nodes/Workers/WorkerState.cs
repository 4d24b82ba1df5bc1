namespace Handler.Nodes;

internal enum WorkerState
{
    Starting,
    Idle,
    Busy,
    Exited,
}
