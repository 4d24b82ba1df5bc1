namespace Handler.Simulation;

/// <summary>The result of one seed.</summary>
/// <param name="Seed">The seed.</param>
/// <param name="Violation">The first rule that was broken; <see langword="null"/> if none was.</param>
/// <param name="Steps">How many steps it took.</param>
/// <param name="Calls">How many calls were made.</param>
/// <param name="Started">How many of them were admitted and started.</param>
/// <param name="Trace">What happened, line by line, if tracing was requested.</param>
internal sealed record SeedResult(int Seed, string? Violation, long Steps, int Calls, int Started, IReadOnlyList<string> Trace);
