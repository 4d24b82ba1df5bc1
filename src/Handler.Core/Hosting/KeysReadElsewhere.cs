namespace Handler.Hosting;

/// <summary>Keys in the section of some options that other code of the application reads, so that they are not unknown.</summary>
/// <param name="Options">The type of the options.</param>
/// <param name="Keys">The keys.</param>
internal sealed record KeysReadElsewhere(Type Options, params IReadOnlyList<string> Keys);
