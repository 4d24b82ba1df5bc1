namespace Handler;

/// <summary>
/// Registers a static method under a name that does not change between builds, so that callers and workers of different builds can call it.
/// The method takes no argument or one argument, and optionally a <see cref="CancellationToken"/>.
/// </summary>
/// <param name="name">The name. It must be unique in the application.</param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class JobFunctionAttribute(string name) : Attribute
{
    /// <summary>The name under which the method is registered.</summary>
    public string Name { get; } = name;
}
