using System.Buffers;
using System.Collections.Concurrent;
using System.Reflection;
using Handler.Infrastructure;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Handler.Functions;

/// <summary>
/// The caller's side of functions: turns a function into the bytes of a call, and the bytes of a result into a value. A function that
/// cannot be sent is refused here, before anything starts. Thread-safe.
/// </summary>
internal sealed partial class FunctionEncoder
{
    [ThreadStatic]
    private static CaptureWriter? idleWriter;

    private readonly ILogger logger;
    private readonly ValueCodecs codecs;
    private readonly MethodPortability portability;
    private readonly bool onlyRegistered;
    private readonly ConcurrentDictionary<(MethodInfo Method, Type Delegate, Type Result), FunctionPlan> plans = new();
    private readonly ConcurrentDictionary<(string Name, Type Result), (byte[] Reference, FunctionRunTimes RunTimes)> names = new();
    private readonly ConcurrentDictionary<Type, object> results = new();
    private volatile ConstantCall? constant;

    /// <summary>Collects the functions that workers may run.</summary>
    /// <exception cref="ArgumentException">Allowed assemblies, registered functions or the serializer are not usable; the message lists
    /// every error.</exception>
    public FunctionEncoder(HandlerOptionsBase options, ILogger? logger = null)
    {
        this.logger = logger ?? NullLogger.Instance;
        var errors = FunctionOptionErrors.In(options);
        if (errors.Count > 0)
            throw new ArgumentException(string.Join(Environment.NewLine, errors), nameof(options));
        var assemblies = AllowedAssemblies.Of(options);
        var gate = new TypeGate(assemblies, trustsCallers: !options.CallersAreElsewhere);
        onlyRegistered = options.RegisteredFunctionsOnly;
        var serializer = MakeSerializer(options, gate);
        codecs = new ValueCodecs(() => serializer, gate);
        portability = new MethodPortability(gate);
        Policy = new FunctionPolicy
        {
            AllowedAssemblies = assemblies,
            Functions = RegisteredFunctions.Collect(assemblies, options.Functions, gate),
            Serializer = options.SerializerType is { } type ? (type.Assembly.GetName().Name!, type.FullName!) : null,
            RegisteredFunctionsOnly = options.RegisteredFunctionsOnly,
            TrustsCallers = !options.CallersAreElsewhere,
        };
    }

    /// <summary>The policy that a worker receives when it starts.</summary>
    public FunctionPolicy Policy { get; }

    /// <summary>Encodes the call of a function.</summary>
    /// <exception cref="FunctionNotPortableException">
    /// The function cannot be sent; the message says which part of it, and what to do instead.
    /// </exception>
    /// <exception cref="ArgumentException">There is no function, or it takes more than <paramref name="maxBytes"/>.</exception>
    public EncodedFunction Encode<T>(in JobFunction<T> function, int maxBytes)
    {
        if (constant is { } known
            && ReferenceEquals(known.Function, function.Delegate)
            && known.Result == typeof(T)
            && known.Call.Call.Length <= maxBytes)
            return known.Call;
        using var scratch = ScratchBuffer.Rent();
        var runTimes = Encode(function, scratch.Writer);
        if (scratch.Writer.WrittenCount > maxBytes)
            throw new ArgumentException(
                $"The function with its captured values takes {scratch.Writer.WrittenCount} bytes; "
                    + $"the option MaxPayloadBytes allows {maxBytes}.",
                nameof(function));
        return new EncodedFunction(scratch.Take(), runTimes);
    }

    /// <summary>
    /// Reads a result within bounds that follow from the job's own limits. These do not bound the constructors and converters of the
    /// application's types.
    /// </summary>
    /// <param name="result">The bytes.</param>
    /// <param name="limits">The job's limits.</param>
    /// <param name="ran">How long the job ran.</param>
    /// <exception cref="FormatException">The bytes are not a result of this type, or reading them takes too much memory or
    /// time.</exception>
    public T ReadResult<T>(ReadOnlySpan<byte> result, JobLimits limits, TimeSpan ran)
    {
        if (result.Length <= Tuning.Functions.SmallResult)
            return ReadResult<T>(result);
        if (result.Length > ReadBudget.MostBytes(limits.MaxHeapBytes))
            throw new FormatException(ReadBudget.TooLarge(result.Length, limits.MaxHeapBytes));
        using var budget = ReadBudget.Begin(limits.MaxHeapBytes, TimeToRead(result.Length, limits.Timeout - ran));
        return ReadResult<T>(result);
    }

    /// <summary>
    /// The rest of the job's timeout, but at least the time that results usually take, and at most that of the slowest results.
    /// </summary>
    private static TimeSpan TimeToRead(int length, TimeSpan left)
    {
        var least = Time(Tuning.Functions.LeastReadMilliseconds, Tuning.Functions.LeastReadPerByte);
        var most = Time(Tuning.Functions.MaxReadMilliseconds, Tuning.Functions.MaxReadPerByte);
        return left < least ? least : left > most ? most : left;

        TimeSpan Time(int milliseconds, long nanosecondsPerByte)
            => TimeSpan.FromMilliseconds(milliseconds) + new TimeSpan(length * nanosecondsPerByte / TimeSpan.NanosecondsPerTick);
    }

    /// <summary>Reads a result. The bytes are not trusted: they choose a value, never a type.</summary>
    /// <exception cref="FormatException">The bytes are not a result of this type.</exception>
    public T ReadResult<T>(ReadOnlySpan<byte> result)
    {
        try
        {
            return ResultsOf<T>().Read(result);
        }
        catch (FormatException exception) when (typeof(T) != typeof(NoValue))
        {
            throw new FormatException($"The result cannot be read as {TypeName.Of(typeof(T))}: {exception.Message}", exception);
        }
    }

    private FunctionRunTimes Encode<T>(in JobFunction<T> function, IBufferWriter<byte> writer)
    {
        if (function.Delegate is { } code)
            return EncodeDelegate<T>(code, writer);
        else if (function.Name is { } name)
            return EncodeRegistered(name, function, writer);
        else
            throw new ArgumentException("The job has no function.", nameof(function));
    }

    private FunctionRunTimes EncodeDelegate<T>(Delegate function, IBufferWriter<byte> writer)
    {
        var key = (function.Method, function.GetType(), typeof(T));
        if (!function.HasSingleTarget || !plans.TryGetValue(key, out var plan))
            plan = MakePlan<T>(function, key);
        if (plan is { Layout: null, Argument: null, Reference: { } call })
        {
            writer.Write(call);
            constant = new ConstantCall(function, typeof(T), new EncodedFunction(call, plan.RunTimes));
        }
        else
        {
            EncodeCaptures<T>(function, plan, writer);
        }

        return plan.RunTimes;
    }

    private FunctionPlan MakePlan<T>(Delegate function, (MethodInfo, Type, Type) key)
    {
        if (onlyRegistered)
            throw new FunctionNotPortableException(
                $"{Sentence.Start(FunctionDescription.Of(function.Method))} cannot be a job: {FunctionPolicy.OnlyRegistered}");
        var kind = portability.Check(function);
        CheckResult(typeof(T));
        var plan = MakePlan(function, kind, DelegateShape.Of<T>(function), typeof(T));
        if (plans.Count >= Tuning.Functions.CacheSize)
            plans.Clear();
        if (plans.TryAdd(key, plan))
            WarnOfStatics(function.Method);
        return plan;
    }

    private static FunctionPlan MakePlan(Delegate function, TargetKind kind, FunctionShape shape, Type result)
    {
        try
        {
            return FunctionPlan.Make(function, kind, shape, result);
        }
        catch (NotSupportedException exception)
        {
            throw new FunctionNotPortableException(
                $"{Sentence.Start(FunctionDescription.Of(function.Method))} cannot be a job: {exception.Message}",
                exception);
        }
    }

    /// <summary>Warns once for each function, on another thread, so that the first call is not delayed.</summary>
    private void WarnOfStatics(MethodInfo method)
    {
        if (!logger.IsEnabled(LogLevel.Warning))
            return;
        ThreadPool.UnsafeQueueUserWorkItem(
            static state => state.Encoder.LogStatics(state.Method),
            (Encoder: this, Method: method),
            preferLocal: false);
    }

    private void LogStatics(MethodInfo method)
    {
        try
        {
            foreach (var name in HostStatics.ReadBy(method, codecs.Gate.Allows))
                LogHostStatic(FunctionDescription.Of(method), name);
        }
        catch (Exception)
        {
            // The logger threw. On a thread-pool thread an uncaught exception would end the host, and a warning must not do that.
        }
    }

    private void EncodeCaptures<T>(Delegate function, FunctionPlan plan, IBufferWriter<byte> writer)
    {
        var captures = idleWriter is { } idle && idle.Codecs == codecs ? idle : new CaptureWriter(codecs, portability);
        idleWriter = null; // a converter of the application could call this method again
        try
        {
            var (reference, layout) = (plan.Reference, plan.Layout);
            DelegateCaptures? delegates = null;
            if (reference is null)
            {
                delegates = plan.Last is { } last && last.Set.Fits(function) ? last : FindDelegates<T>(function, plan);
                (captures.Set, reference, layout) = delegates;
            }

            writer.Write(reference);
            if (layout is not null)
                captures.WriteClosure(writer, function.Target, layout);
            else
                captures.WriteValue(writer, function.Target, plan.Argument!, "the bound first argument");
            plan.Last = delegates; // only now: a refused function must not be remembered as fitting
        }
        finally
        {
            captures.Clear();
            idleWriter = captures;
        }
    }

    private static DelegateCaptures FindDelegates<T>(Delegate function, FunctionPlan plan)
    {
        var set = CaptureSet.Of(function);
        var layout = set.LayoutOf(function.Target!.GetType(), function.Method);
        return new DelegateCaptures(
            set,
            FunctionPlan.MakeReference(function.Method, plan.Kind, layout, DelegateShape.Of<T>(function), typeof(T)),
            layout);
    }

    private FunctionRunTimes EncodeRegistered<T>(string name, in JobFunction<T> function, IBufferWriter<byte> writer)
    {
        if (!names.TryGetValue((name, typeof(T)), out var known))
        {
            CheckResult(typeof(T));
            known = (FunctionPlan.MakeRegisteredReference(name), new FunctionRunTimes());
            if (names.Count >= Tuning.Functions.CacheSize)
                names.Clear();
            names.TryAdd((name, typeof(T)), known);
        }

        writer.Write(known.Reference);
        try
        {
            function.TypedArgument?.Write(codecs, writer);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            throw new FunctionNotPortableException(
                $"The argument of registered function \"{Excerpt.OfName(name)}\" cannot be sent to a worker: {exception.Message}",
                exception);
        }

        return known.RunTimes;
    }

    /// <summary>Refuses a result type whose values cannot come back from a worker.</summary>
    private void CheckResult(Type type)
    {
        if (type == typeof(Type) || type == typeof(NoValue) || PrimitiveCodecs.For(type) is not null)
            return;
        var reason = typeof(Delegate).IsAssignableFrom(type) || ClosureClass.IsFunctionType(type)
            ? "a delegate or a function value is code and not data. Call it inside the function and return what it returns"
            : ProcessBoundTypes.Reason(type);
        if (reason is null)
        {
            portability.CheckType(type, "The function's result");
            reason = codecs.WhyUnsupported(type);
        }

        if (reason is not null)
            throw new FunctionNotPortableException(
                $"The function returns a {TypeName.Of(type)}, which cannot come back from a worker: {reason.TrimEnd('.')}.");
    }

    private ResultCodec<T> ResultsOf<T>()
        => results.TryGetValue(typeof(T), out var known)
            ? (ResultCodec<T>)known
            : (ResultCodec<T>)results.GetOrAdd(typeof(T), new ResultCodec<T>(codecs));

    [LoggerMessage(
        1501,
        LogLevel.Warning,
        "Job function: {Function} reads {Name}, which is static and set while the application runs. A worker is another process: "
            + "it has the value of the initializer, not the one set here. Copy it into a local variable first and use that"
    )]
    private partial void LogHostStatic(string function, string name);

    private static IJobSerializer MakeSerializer(HandlerOptionsBase options, TypeGate gate) => options.SerializerType is { } type
        ? (IJobSerializer)Activator.CreateInstance(type)!
        : new JsonJobSerializer(gate, options.PayloadLimit, isHosts: true);

    /// <summary>
    /// The last call without captured values: its bytes are the same each time. The compiler creates one delegate for each such lambda
    /// expression, so the delegate usually is the same object too.
    /// </summary>
    private sealed record ConstantCall(Delegate Function, Type Result, EncodedFunction Call);
}
