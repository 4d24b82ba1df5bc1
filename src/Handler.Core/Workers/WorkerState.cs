using System.Diagnostics;
using Handler.Guard;
using Handler.Platform;
using Handler.Wire;

namespace Handler.Workers;

internal enum WorkerState
{
    Starting,
    Idle,
    Busy,
    Ended,
}
