namespace Handler.Nodes;

internal enum WorkerState
{
    Starting,
    Idle,
    Busy,
    Ended,
}
