using Handler.Functions;

namespace Handler;

/// <summary>Settings shared by clients and nodes: default limits, allowed functions, and serialization.</summary>
public abstract class CallerOptions
{
    private protected CallerOptions()
    {
    }

    /// <summary>The limits of jobs that do not specify their own. Default: 60 s and 10 MiB.</summary>
    public JobLimits DefaultLimits { get; set; } = new();

    /// <summary>
    /// Assemblies (simple names), besides the application's own, from which a job function may come. Never add a framework assembly.
    /// </summary>
    public IList<string> AllowedAssemblies { get; } = [];

    /// <summary>The type of the <see cref="IJobSerializer"/>. Default: <see langword="null"/>, JSON.</summary>
    public Type? SerializerType { get; set; }

    /// <summary>
    /// Whether only registered functions may run (<see cref="AddFunction"/>, <see cref="JobFunctionAttribute"/>). If set, the caller's side
    /// refuses lambdas, method groups and captured delegates. The workers of a node with this setting refuse them whatever the caller's
    /// side sends. Default: <see langword="false"/>.
    /// </summary>
    public bool RegisteredFunctionsOnly { get; set; }

    /// <summary>
    /// Whether calls cross process boundaries: they come from, or go to, a process other than the one that has these options. In that case
    /// a method may be a job only if it is not private, or is a lambda or a local function.
    /// </summary>
    internal virtual bool CallersAreElsewhere { get; set; }

    /// <summary>
    /// The largest payload (function with its captured values, or result), in bytes. Default: 64 MiB. Range: 4 KiB to 1 GiB; on a cluster 4
    /// KiB to 96 MiB.
    /// </summary>
    public int MaxPayloadBytes { get; set; } = 64 << 20;

    /// <summary>
    /// The cluster's limit for <see cref="MaxPayloadBytes"/>. Orleans accepts messages of up to 100 MiB, and closes the connection on which
    /// a larger one arrives.
    /// </summary>
    internal const int MostPayloadBytesOnCluster = 96 << 20;

    /// <summary>The largest allowed <see cref="MaxPayloadBytes"/>.</summary>
    private protected virtual int MostPayloadBytes => 1 << 30;

    /// <summary>
    /// Functions registered by name, in addition to those marked with <see cref="JobFunctionAttribute"/>. Static methods only.
    /// </summary>
    internal Dictionary<string, Delegate> Functions { get; } = new(StringComparer.Ordinal);

    /// <summary>Registers a static method under a stable name.</summary>
    /// <exception cref="ArgumentException">The name is taken, or the function is not a static method.</exception>
    public CallerOptions AddFunction(string name, Delegate function)
    {
        ArgumentNullException.ThrowIfNull(function);
        if (string.IsNullOrWhiteSpace(name))
            throw new ArgumentException($"AddFunction(\"{Excerpt.OfName(name)}\"): the name of a function must not be blank.", nameof(name));
        if (!function.Method.IsStatic || function.Target is not null)
            throw new ArgumentException($"AddFunction(\"{Excerpt.OfName(name)}\"): {function.Method.DeclaringType}.{function.Method.Name} is not a static method but a lambda or a method of an object. A registered function is found by its method: write it as a static method.", nameof(function));
        if (!Functions.TryAdd(name, function))
            throw new ArgumentException($"AddFunction(\"{Excerpt.OfName(name)}\"): a function of that name is registered already.", nameof(name));
        return this;
    }

    /// <summary>The job's limits, or the default limits if it has none; validated.</summary>
    internal JobLimits LimitsOr(JobLimits? limits)
    {
        limits ??= DefaultLimits;
        limits.Validate();
        return limits;
    }

    /// <summary>The errors in these options, one sentence each.</summary>
    internal IEnumerable<string> Errors()
    {
        var type = GetType().Name;
        if (MaxPayloadBytes < 4 << 10 || MaxPayloadBytes > MostPayloadBytes)
            yield return $"{type}.MaxPayloadBytes is {MaxPayloadBytes}; it must be between {4 << 10} and {MostPayloadBytes}.";
        if (DefaultLimits is null)
            yield return $"{type}.DefaultLimits is null.";
        else if (ErrorIn(DefaultLimits) is { } error)
            yield return $"{type}.DefaultLimits: {error}";
    }

    private static string? ErrorIn(JobLimits limits)
    {
        try
        {
            limits.Validate();
            return null;
        }
        catch (ArgumentOutOfRangeException exception)
        {
            return exception.Message;
        }
    }
}
