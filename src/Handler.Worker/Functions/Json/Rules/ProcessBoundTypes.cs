using System.Collections;
using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.InteropServices;

namespace Handler.Functions;

/// <summary>Types whose objects are valid only in the process that created them.</summary>
internal static class ProcessBoundTypes
{
    /// <summary>By name, so that the worker does not have to load their assemblies to reject them.</summary>
    private static readonly (string BaseType, string Reason)[] Named =
    [
        ("System.Net.Http.HttpMessageInvoker", "it holds connections of this process. Create an HttpClient inside the function"),
        ("System.Net.Http.IHttpClientFactory", "it holds connections of this process. Create an HttpClient inside the function"),
        ("System.Net.Sockets.Socket", "it is a connection of this process. Open it inside the function"),
        ("System.Data.IDbConnection", "it is a connection of this process. Capture the connection string and open it inside the function"),
        (
            "Microsoft.Extensions.Logging.ILogger",
            "it writes to this process's logs. Return what should be logged, or create a logger inside the function"),
        (
            "Microsoft.Extensions.Configuration.IConfiguration",
            "it is this process's configuration. Copy the values the function needs into local variables first"),
        (
            "Microsoft.Extensions.Options.IOptions`1",
            "it is this process's configuration. Copy the values the function needs into local variables first"),
        ("System.Collections.Generic.IAsyncEnumerator`1", "it stands in the middle of a sequence. Read the items into a list first"),
        ("System.Collections.Generic.IAsyncEnumerable`1", "it is computed while it is read. Read the items into a list first"),
        ("System.Linq.IQueryable", "it is a query of this process. Call ToList() or ToArray() first"),
        ("System.Linq.ParallelQuery", "it is a query of this process. Call ToList() or ToArray() first"),
        ("System.Linq.ILookup`2", "it is a view of a query. Call ToDictionary(group => group.Key, group => group.ToList()) first"),
        ("System.Linq.IGrouping`2", "it is a part of a query. Take its Key and its ToList() instead"),
        ("System.Linq.IOrderedEnumerable`1", "it is computed while it is read. Call ToList() or ToArray() first"),
        (
            "System.Linq.Expressions.Expression",
            "it is code of this process. Capture a delegate, or write the expression inside the function"),
        ("System.Lazy`1", "it holds code of this process. Use its Value instead"),
        (
            "System.Exception",
            "its stack and inner state belong to this process. "
                + "Use its Message or ToString() instead; what the function throws becomes Failed"),
        ("System.Random", "its state cannot be read. Capture a seed, and make it inside the function: new Random(seed)"),
        ("System.WeakReference", "it refers to an object of this process. Capture the object itself"),
        ("System.WeakReference`1", "it refers to an object of this process. Capture the object itself"),
        ("System.Diagnostics.Stopwatch", "it measures in this process. Use its Elapsed instead"),
        ("System.TimeProvider", "it is a clock of this process. Use TimeProvider.System inside the function, or capture the time"),
        ("System.Threading.Lock", "it locks in this process only. Create it inside the function"),
        ("System.Buffers.ReadOnlySequence`1", "it may refer to pooled memory of this process. Use its ToArray() instead"),
        ("System.Text.Json.JsonDocument", "it owns pooled memory of this process. Use RootElement.Clone() instead"),
        ("System.Xml.XmlNode", "it refers to its whole document. Use its OuterXml, and parse it where it is needed"),
        ("System.Xml.Linq.XObject", "it refers to its whole document. Use its ToString(), and parse it where it is needed"),
        ("System.Data.DataTable", "it is bound to its data set. Copy the rows into a list of records"),
        ("System.Data.DataRow", "it is bound to its table. Copy the values into a record"),
        ("System.Dynamic.ExpandoObject", "its members have no types. Copy them into a Dictionary<string, object>"),
        ("System.Collections.ArrayList", "its items have no type. Use a List<T>, or a List<object> of plain values"),
        (
            "System.Collections.Hashtable",
            "its items have no type. Use a Dictionary<TKey, TValue>, or a Dictionary<string, object> of plain values"),
        ("System.Collections.Specialized.NameValueCollection", "it has several values for a name. Use a Dictionary<string, string[]>"),
        ("System.Net.Http.Headers.HttpHeaders", "they belong to a message of this process. Copy them into a Dictionary<string, string[]>"),
    ];

    private static readonly ConcurrentDictionary<Type, bool> Lazy = new();

    /// <summary>Why objects of a type cannot be sent; <see langword="null"/> if no reason is known.</summary>
    public static string? Reason(Type type)
    {
        if (type == typeof(CancellationToken) || type == typeof(CancellationTokenSource) || type == typeof(CancellationTokenRegistration))
            return "it signals within this process only. Take a CancellationToken as the function's parameter instead";
        if (typeof(Delegate).IsAssignableFrom(type))
            return "it is a delegate inside other data. Capture it in a separate variable, or pass data instead";
        if (typeof(Stream).IsAssignableFrom(type))
            return "a stream is open in this process only. Capture the bytes, or the path, and open it inside the function";
        if (typeof(Task).IsAssignableFrom(type)
            || type == typeof(ValueTask)
            || (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ValueTask<>)))
            return "a task runs in this process. Await it first and pass its result";
        if (typeof(TextReader).IsAssignableFrom(type) || typeof(TextWriter).IsAssignableFrom(type))
            return "it reads or writes in this process only. Capture the text, or the path, and open it inside the function";
        if (typeof(SafeHandle).IsAssignableFrom(type)
            || typeof(WaitHandle).IsAssignableFrom(type)
            || typeof(CriticalHandle).IsAssignableFrom(type))
            return "it is a handle of this process. Open it inside the function";
        if (type == typeof(IntPtr)
            || type == typeof(UIntPtr)
            || type.IsPointer
            || type.IsFunctionPointer
            || type == typeof(Pointer)
            || type == typeof(GCHandle))
            return "it is an address or a handle of this process. Use long if it is just a number";
        if (type.IsByRefLike || type.IsByRef)
            return "it refers to memory of this process. Copy it into an array first";
        if (typeof(Thread).IsAssignableFrom(type)
            || typeof(Timer).IsAssignableFrom(type)
            || typeof(ITimer).IsAssignableFrom(type)
            || typeof(SynchronizationContext).IsAssignableFrom(type)
            || typeof(TaskScheduler).IsAssignableFrom(type))
            return "it belongs to this process. Create it inside the function";
        if (typeof(IServiceProvider).IsAssignableFrom(type))
            return "its services live in this process. Pass the data the function needs";
        if (typeof(MemberInfo).IsAssignableFrom(type) || typeof(Assembly).IsAssignableFrom(type) || typeof(Module).IsAssignableFrom(type))
            return "it is code of this process. Pass its name and look it up inside the function";
        if (ClosureClass.IsFunctionType(type))
            return "it is a function value inside other data. Capture it in a separate variable, or pass data instead";
        return NamedReason(type)
            ?? (
                typeof(IEnumerator).IsAssignableFrom(type) ? "it stands in the middle of a sequence. Call ToList() or ToArray() first"
                : typeof(IDisposable).IsAssignableFrom(type)
                    ? "it is IDisposable, so it owns something of this process. Create it inside the function"
                : null);
    }

    /// <summary>Whether an object is a sequence that is computed while it is enumerated.</summary>
    public static bool IsLazySequence(object value)
    {
        return value is IEnumerable and not (string or Array) && IsLazy(value.GetType());
    }

    public static bool IsLazy(Type type) => typeof(IEnumerable).IsAssignableFrom(type) && !type.IsArray && Lazy.GetOrAdd(type, FindLazy);

    /// <summary>
    /// Why a sequence that is computed while it is enumerated cannot be enumerated here; <see langword="null"/> if no reason is known.
    /// </summary>
    public static string? SequenceReason(Type type) => IsLazy(type) ? null : Reason(type);

    private static bool FindLazy(Type type)
        => type.Assembly.GetName().Name is "System.Linq" or "System.Linq.Queryable" or "System.Linq.Parallel"
            || (type.IsNested && ClosureClass.IsCompilerMade(type) && typeof(IEnumerable).IsAssignableFrom(type))
            || type.FullName?.StartsWith("Microsoft.FSharp.Collections.SeqModule", StringComparison.Ordinal) == true
            || type.FullName?.StartsWith("Microsoft.FSharp.Core.CompilerServices.", StringComparison.Ordinal) == true;

    private static string? NamedReason(Type type)
    {
        for (var current = type; current is not null; current = current.BaseType)
        {
            if (Find(current) is { } reason)
                return reason;
        }

        foreach (var implemented in type.GetInterfaces())
        {
            if (Find(implemented) is { } reason)
                return reason;
        }

        return null;
    }

    private static string? Find(Type type)
    {
        foreach (var (name, reason) in Named)
        {
            if (type.Namespace is { } space && name.Length == space.Length + 1 + type.Name.Length
                && name.StartsWith(space, StringComparison.Ordinal) && name.EndsWith(type.Name, StringComparison.Ordinal))
                return reason;
        }

        return null;
    }
}
