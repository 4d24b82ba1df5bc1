namespace Handler.Demo;

/// <summary>The numbers of the signals that end a process in the scenarios.</summary>
internal static class Signals
{
    public const int Abort = 6;
    public const int Kill = 9;
    public const int SegmentationFault = 11;
}
