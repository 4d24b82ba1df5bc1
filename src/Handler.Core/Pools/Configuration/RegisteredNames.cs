namespace Handler.Pools;

/// <summary>The names of a node's options to which pools may refer.</summary>
/// <param name="Selectors">The registered selectors.</param>
/// <param name="Profiles">The profiles besides the default profile.</param>
internal sealed record RegisteredNames(IReadOnlyCollection<string> Selectors, IReadOnlyCollection<string> Profiles)
{
    public static RegisteredNames None { get; } = new([], []);

    public static RegisteredNames In(HandlerOptions options) => new([.. options.PoolSelectors.Keys], [.. options.Profiles.Keys]);

    public bool HasSelector(string name) => Selectors.Contains(name);

    public bool HasProfile(string name)
        => name.Equals(ProfileOptions.DefaultName, StringComparison.OrdinalIgnoreCase)
            || Profiles.Contains(name, StringComparer.OrdinalIgnoreCase);
}
