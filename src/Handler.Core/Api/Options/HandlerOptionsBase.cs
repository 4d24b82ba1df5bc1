namespace Handler;

/// <summary>What the options of handlers, silos and clients have in common: default limits, allowed functions, and serialization.</summary>
public abstract class HandlerOptionsBase
{
    private protected HandlerOptionsBase()
    {
    }

    /// <summary>
    /// The limits of jobs that do not specify their own. Default: 60 s and 10 MiB. <see cref="JobOptions"/> are refused here: what they add
    /// to the limits belongs to a single job.
    /// </summary>
    public JobLimits DefaultLimits { get; set; } = new();

    /// <summary>
    /// Assemblies (simple names), besides the application's own, from which a job function may come. Never add a framework assembly.
    /// </summary>
    public IList<string> AllowedAssemblies { get; } = [];

    /// <summary>
    /// Whether only registered functions may run (<see cref="FunctionOptionsExtensions.AddFunction"/>, <see cref="JobFunctionAttribute"/>).
    /// If set, the caller's side refuses lambdas, method groups and captured delegates. The workers of a node with this setting refuse them
    /// whatever the caller's side sends. Default: <see langword="false"/>.
    /// </summary>
    public bool RegisteredFunctionsOnly { get; set; }

    /// <summary>
    /// Whether calls cross process boundaries: they come from, or go to, a process other than the one that has these options. In that case
    /// a method may be a job only if it is not private, or is a lambda or a local function.
    /// </summary>
    internal bool CallersAreElsewhere { get; set; }

    /// <summary>
    /// The largest payload (function with its captured values, or result), in bytes. Default: 64 MiB. Range: 4 KiB to 1 GiB; on a cluster 4
    /// KiB to 96 MiB.
    /// </summary>
    public long MaxPayloadBytes { get; set; } = 64 << 20;

    /// <summary><see cref="MaxPayloadBytes"/> of options that have no errors.</summary>
    internal int PayloadLimit => checked((int)MaxPayloadBytes);

    /// <summary>
    /// The cluster's limit for <see cref="MaxPayloadBytes"/>. Orleans accepts messages of up to 100 MiB, and closes the connection on which
    /// a larger one arrives.
    /// </summary>
    internal const int MostPayloadBytesOnCluster = 96 << 20;

    /// <summary>What <see cref="UseSerializer"/> has set; <see langword="null"/> for JSON.</summary>
    internal Type? SerializerType { get; set; }

    /// <summary>The errors in the configurations that these options were read from, one sentence each.</summary>
    internal List<string> ConfigurationErrors { get; } = [];

    /// <summary>The name of this class, for messages.</summary>
    internal string Name => GetType().Name;

    /// <summary>
    /// Functions registered by name, in addition to those marked with <see cref="JobFunctionAttribute"/>. Static methods only.
    /// </summary>
    internal Dictionary<string, Delegate> Functions { get; } = new(StringComparer.Ordinal);

    /// <summary>
    /// Arguments and results are sent by this serializer instead of JSON. Nodes and callers need the same one, and its assembly must be
    /// allowed.
    /// </summary>
    public abstract HandlerOptionsBase UseSerializer<TSerializer>()
        where TSerializer : class, IJobSerializer, new();

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
        foreach (var error in ConfigurationErrors)
            yield return error;
        var most = CallersAreElsewhere ? MostPayloadBytesOnCluster : 1 << 30;
        if (MaxPayloadBytes < 4 << 10 || MaxPayloadBytes > most)
            yield return $"{Name}.MaxPayloadBytes is {MaxPayloadBytes}; it must be between {4 << 10} and {most}.";
        if (DefaultLimits is null)
            yield return $"{Name}.DefaultLimits is null.";
        else if (DefaultLimits is JobOptions)
            yield return $"{Name}.DefaultLimits is a JobOptions; it must be a JobLimits, because the other options belong to a single job.";
        else if (ErrorIn(DefaultLimits) is { } error)
            yield return $"{Name}.DefaultLimits: {error}";
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
