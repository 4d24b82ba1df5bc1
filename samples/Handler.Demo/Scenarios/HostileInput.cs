using Handler.Demo.Jobs;

namespace Handler.Demo.Scenarios;

/// <summary>Ordinary code with input that was made to attack it.</summary>
internal static class HostileInput
{
    private const long ZippedBytes = 256 << 20;
    private const int CommentDepth = 50_000;

    public static IEnumerable<Scenario> All()
    {
        var text = TextJobs.ReadSample();
        var file = Bombs.GzipOfZeros(ZippedBytes);
        var document = Bombs.BillionLaughs();
        var discussion = Bombs.NestedComments(CommentDepth);
        return
        [
            Scenario.Of("a catastrophic regular expression over the same text", Limits.Timeout(1),
                (handler, limits) => handler.RunAsync(() => TextJobs.CountPlainParagraphs(text), limits),
                outcome => outcome.Failure is JobTimedOut),
            Scenario.Of($"a decompression bomb: {file.Length >> 10} KiB that become {ZippedBytes >> 20} MiB", Limits.Usual,
                (handler, limits) => handler.RunAsync(() => Bombs.Unzip(file), limits),
                outcome => outcome.Failure is JobOutOfMemory),
            Scenario.Of($"an XML entity bomb: {document.Length} characters that become 3 billion", Limits.Usual,
                (handler, limits) => handler.RunAsync(() => Bombs.ReadXml(document), limits),
                outcome => outcome.Failure is JobOutOfMemory),
            Scenario.Of($"JSON nested {CommentDepth} deep that overflows the stack", Limits.Memory(256),
                (handler, limits) => handler.RunAsync(() => Bombs.CountComments(discussion), limits),
                outcome =>
                    outcome.Failure is JobExited { Signal: Signals.Abort, Reason: { } reason }
                    && reason.Contains("overflow", StringComparison.OrdinalIgnoreCase)),
        ];
    }
}
