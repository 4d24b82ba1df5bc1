using Handler.Functions;

namespace Handler;

/// <summary>What whoever calls jobs has to know of them. Nodes need the same: which functions may run, and how values travel.</summary>
public abstract class CallerOptions
{
    private protected CallerOptions()
    {
    }

    /// <summary>The limits of jobs that bring none of their own. Default 60 s and 10 MiB.</summary>
    public JobLimits DefaultLimits { get; set; } = new();

    /// <summary>A job function may come from these assemblies (simple names) besides the application's own. Never add a framework assembly.</summary>
    public IList<string> AllowedAssemblies { get; } = [];

    /// <summary>The type of the <see cref="IJobSerializer"/>; <see langword="null"/> (default) for JSON.</summary>
    public Type? SerializerType { get; set; }

    /// <summary>
    /// Whether only registered functions may run (<see cref="AddFunction"/>, <see cref="JobFunctionAttribute"/>): lambdas, method groups and captured delegates are then
    /// refused by the caller's side, and by the workers of a node that has it set whatever the caller's side says. Default <see langword="false"/>.
    /// </summary>
    public bool RegisteredFunctionsOnly { get; set; }

    /// <summary>
    /// Whether calls come from other processes than the one that has these options, or go to them. Then a method may be a job only if it is not private, or a lambda or a local function.
    /// </summary>
    internal virtual bool CallersAreElsewhere { get; set; }

    /// <summary>The largest payload (function with its captured values, or result) in bytes. Default 64 MiB; from 4 KiB to 1 GiB, on a cluster to 96 MiB.</summary>
    public int MaxPayloadBytes { get; set; } = 64 << 20;

    /// <summary>On a cluster: Orleans carries messages of 100 MiB, and closes the connection over which a larger one comes.</summary>
    internal const int MostPayloadBytesOnCluster = 96 << 20;

    /// <summary>The most that <see cref="MaxPayloadBytes"/> may be.</summary>
    private protected virtual int MostPayloadBytes => 1 << 30;

    /// <summary>Functions registered by name, besides those marked with <see cref="JobFunctionAttribute"/>. Static methods only.</summary>
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

    /// <summary>A job's limits, checked, or those of jobs that bring none.</summary>
    internal JobLimits LimitsOr(JobLimits? limits)
    {
        limits ??= DefaultLimits;
        limits.Validate();
        return limits;
    }

    /// <summary>What is wrong with these options, a sentence each.</summary>
    internal IEnumerable<string> Errors()
    {
        var type = GetType().Name;
        if (MaxPayloadBytes < 4 << 10 || MaxPayloadBytes > MostPayloadBytes)
            yield return $"{type}.MaxPayloadBytes is {MaxPayloadBytes}; allowed is {4 << 10} to {MostPayloadBytes}.";
        if (DefaultLimits is null)
            yield return $"{type}.DefaultLimits is null.";
        else if (MistakeIn(DefaultLimits) is { } error)
            yield return $"{type}.DefaultLimits: {error}";
    }

    private static string? MistakeIn(JobLimits limits)
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
