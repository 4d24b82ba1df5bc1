namespace Handler.Workers;

internal enum WorkerState
{
    Starting,
    Idle,
    Busy,
    Ended,
}
