using System.Runtime.InteropServices;
using static Handler.WorkerTuning.Values;

namespace Handler.Functions;

/// <summary>
/// The worker's side of functions: turns the bytes of a call into a function that can run. Used by one thread at a time. It trusts neither
/// the bytes nor the caller: any problem with a call is a <see cref="FunctionLoadException"/>.
/// </summary>
internal sealed class FunctionLoader
{
    private readonly FunctionPolicy policy;
    private readonly int maxResultBytes;
    private readonly CaptureReader captures;
    private readonly Dictionary<byte[], LoadedFunction> functions = new(BytesComparer.Instance);
    private readonly Dictionary<byte[], LoadedFunction>.AlternateLookup<ReadOnlySpan<byte>> byReference;
    private readonly Dictionary<byte[], LoadedDelegate> delegates = new(BytesComparer.Instance);
    private (byte[] Reference, LoadedFunction Function)? recent; // usually the next call's function too
    private LoadedFunction? last;

    public FunctionLoader(FunctionPolicy policy, int maxResultBytes = int.MaxValue)
    {
        this.policy = policy;
        this.maxResultBytes = maxResultBytes;
        Codecs = new ValueCodecs(MakeSerializer, new TypeGate(policy.AllowedAssemblies, policy.TrustsCallers));
        captures = new CaptureReader(this);
        byReference = functions.GetAlternateLookup<ReadOnlySpan<byte>>(); // creating it takes longer than using it
    }

    public ValueCodecs Codecs { get; }

    /// <summary>
    /// The number of functions loaded. If a call raises it, the call's function runs for the first time here, or again after a long time.
    /// </summary>
    public int Loads { get; private set; }

    /// <summary>The name of the last call's function in messages; <see langword="null"/> if it could not be loaded.</summary>
    public string? LastName => last?.Name;

    /// <summary>Returns the function of a call, with its captured values or its argument.</summary>
    /// <exception cref="FunctionLoadException">The call cannot be read, or asks for something that this worker must not do.</exception>
    public BoundFunction Bind(ReadOnlySpan<byte> call)
    {
        last = null;
        try
        {
            var reader = new PayloadReader(call);
            var reference = reader.ReadBlock();
            var function = last = recent is { } known && reference.SequenceEqual(known.Reference) ? known.Function : Find(reference);
            var bound = function.Bind(ref reader, captures);
            reader.RequireEnd();
            return bound;
        }
        catch (Exception exception) when (exception is not FunctionLoadException)
        {
            throw new FunctionLoadException($"The call cannot be read: {exception.Message}", exception);
        }
        finally
        {
            captures.Clear();
        }
    }

    /// <summary>Reads a captured delegate.</summary>
    public Delegate ReadDelegate(ref PayloadReader reader, CaptureReader captures)
    {
        RequireUnregistered();
        var reference = reader.ReadBlock();
        if (!delegates.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(reference, out var loaded))
        {
            var parts = new PayloadReader(reference);
            if (parts.ReadByte() != (byte)FunctionReferenceKind.Delegate)
                throw new FormatException("The payload has something else where a delegate is expected.");
            loaded = new LoadedDelegate(TypeReference.Read(ref parts, Codecs.Gate), MethodTarget.Read(ref parts, Codecs.Gate));
            parts.RequireEnd();
            if (delegates.Count >= CacheSize)
                delegates.Clear();
            delegates.Add(reference.ToArray(), loaded);
        }

        return loaded.Read(ref reader, captures);
    }

    /// <summary>Rejects a function that is named by its code if only registered functions may run.</summary>
    public void RequireUnregistered()
    {
        if (policy.RegisteredFunctionsOnly)
            throw new FunctionLoadException(FunctionPolicy.OnlyRegistered);
    }

    private LoadedFunction Find(ReadOnlySpan<byte> reference)
    {
        if (!byReference.TryGetValue(reference, out var key, out var function))
        {
            function = Load(reference);
            Loads++;
            if (functions.Count >= CacheSize)
                functions.Clear();
            functions.Add(key = reference.ToArray(), function);
        }

        recent = (key, function);
        return function;
    }

    private LoadedFunction Load(ReadOnlySpan<byte> reference)
    {
        var reader = new PayloadReader(reference);
        switch ((FunctionReferenceKind)reader.ReadByte())
        {
            case FunctionReferenceKind.Job:
                RequireUnregistered();
                return LoadJob(ref reader);
            case FunctionReferenceKind.Registered:
                var name = reader.ReadName();
                reader.RequireEnd();
                return LoadRegistered(name);
            case var kind:
                throw new FormatException($"A call cannot start with a function reference of kind {(int)kind}.");
        }
    }

    private LoadedFunction LoadJob(ref PayloadReader reader)
    {
        var shape = (FunctionShape)reader.ReadByte();
        var result = TypeReference.Read(ref reader, Codecs.Gate);
        var target = MethodTarget.Read(ref reader, Codecs.Gate);
        reader.RequireEnd();
        return target.Type is null
            ? new PlainFunction(target.Method, target.MakeStateless(), shape, result, Codecs)
            : new CapturingFunction(target, shape, result, Codecs);
    }

    private LoadedFunction LoadRegistered(string name)
    {
        if (!policy.Functions.TryGetValue(name, out var bytes))
            throw new FunctionLoadException(NameSuggestions.UnknownFunction(name, policy.Functions.Keys));
        var method = RegisteredMethod.Read(bytes, Codecs.Gate);
        if (RegisteredMethod.Unsuitable(method) is { } reason)
            throw new FunctionLoadException($"Registered function \"{name}\" cannot be called: {reason}.");
        var parameters = method.GetParameters();
        var (shape, result) = FunctionShapes.OfReturnType(method.ReturnType);
        if (RegisteredMethod.TakesToken(parameters))
            shape |= FunctionShape.WithToken;
        return parameters.Length == (shape.TakesToken() ? 1 : 0)
            ? new PlainFunction(method, null, shape, result, Codecs)
            : new RegisteredFunction(name, method, shape, result, Codecs);
    }

    private IJobSerializer MakeSerializer()
    {
        if (policy.Serializer is not { } serializer)
            return new JsonJobSerializer(Codecs.Gate, maxResultBytes, isHosts: false);
        var type = Codecs.Gate.Resolve(serializer.Assembly, serializer.Name);
        if (!Codecs.Gate.Allows(type.Assembly))
            throw new FunctionLoadException(TypeGate.NotAllowed(serializer.Assembly));
        return type.IsAssignableTo(typeof(IJobSerializer))
            ? (IJobSerializer)Activator.CreateInstance(type)!
            : throw new FunctionLoadException($"{TypeName.Of(type)} is not an IJobSerializer.");
    }

    /// <summary>Compares references byte by byte, and supports lookup by span.</summary>
    private sealed class BytesComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public static readonly BytesComparer Instance = new();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode(byte[] bytes) => GetHashCode(bytes.AsSpan());

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();

        // Eight bytes at a time, because the hash is computed once per job. Colliding references give an attacker no advantage: the cache
        // is bounded.
        public int GetHashCode(ReadOnlySpan<byte> bytes)
        {
            var hash = (ulong)bytes.Length;
            var words = MemoryMarshal.Cast<byte, ulong>(bytes);
            foreach (var word in words)
                hash = (ulong.RotateLeft(hash, 23) ^ word) * 0x9E3779B97F4A7C15;
            foreach (var rest in bytes[(words.Length * sizeof(ulong))..])
                hash = (ulong.RotateLeft(hash, 23) ^ rest) * 0x9E3779B97F4A7C15;
            return (int)(hash >> 32);
        }
    }
}
