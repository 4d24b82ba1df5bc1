namespace Handler.Platform;

/// <summary>Which files a process may use.</summary>
/// <param name="RestrictReads">Whether it may read and execute only what the list allows; otherwise all that its user may.</param>
/// <param name="RestrictWrites">Whether it may write, create and remove only what the list allows; otherwise all that its user may.</param>
/// <param name="Allowed">The list.</param>
internal sealed record FileRules(bool RestrictReads, bool RestrictWrites, IReadOnlyList<FileRule> Allowed);
