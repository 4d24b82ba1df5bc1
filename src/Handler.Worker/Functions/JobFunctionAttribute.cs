namespace Handler;

/// <summary>
/// Registers a static method under a name that stays the same from build to build, so that callers and workers of different
/// builds understand each other. The method takes no argument or one, and may take a <see cref="CancellationToken"/> as well.
/// </summary>
/// <param name="name">The name; one per application.</param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class JobFunctionAttribute(string name) : Attribute
{
    /// <summary>The name.</summary>
    public string Name { get; } = name;
}
