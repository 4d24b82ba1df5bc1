namespace Handler.Functions;

/// <summary>A function's reference and layout together with those of the delegates that it captured.</summary>
internal sealed record DelegateCaptures(CaptureSet Set, byte[] Reference, ClosureLayout Layout);
