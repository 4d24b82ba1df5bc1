using System.Collections;
using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.InteropServices;

namespace Handler.Functions;

/// <summary>Types whose objects mean something only in the process that made them.</summary>
internal static class ProcessBoundTypes
{
    /// <summary>Named, since the worker need not load their assemblies to refuse them.</summary>
    private static readonly (string BaseType, string Reason)[] Named =
    [
        ("System.Net.Http.HttpMessageInvoker", "it holds connections of this process. Create an HttpClient inside the function"),
        ("System.Net.Http.IHttpClientFactory", "it holds connections of this process. Create an HttpClient inside the function"),
        ("System.Net.Sockets.Socket", "it is a connection of this process. Open it inside the function"),
        ("System.Data.IDbConnection", "it is a connection of this process. Capture the connection string and open it inside the function"),
        ("Microsoft.Extensions.Logging.ILogger", "it writes to this process's logs. Return what should be logged, or create a logger inside the function"),
        ("Microsoft.Extensions.Configuration.IConfiguration", "it is this process's configuration. Copy the values the function needs into local variables first"),
        ("Microsoft.Extensions.Options.IOptions`1", "it is this process's configuration. Copy the values the function needs into local variables first"),
        ("System.Collections.Generic.IAsyncEnumerator`1", "it stands in the middle of a sequence. Read the items into a list first"),
        ("System.Collections.Generic.IAsyncEnumerable`1", "it is computed while it is read. Read the items into a list first"),
        ("System.Linq.IQueryable", "it is a query of this process. Call ToList() or ToArray() first"),
    ];

    private static readonly ConcurrentDictionary<Type, bool> Lazy = new();

    /// <summary>Why objects of a type cannot travel; <see langword="null"/> if nothing is known against it.</summary>
    public static string? Reason(Type type)
    {
        if (type == typeof(CancellationToken) || type == typeof(CancellationTokenSource) || type == typeof(CancellationTokenRegistration))
            return "it signals within this process only. Take a CancellationToken as the function's parameter instead";
        if (typeof(Delegate).IsAssignableFrom(type))
            return "it is a delegate inside of other data. Capture it in a variable of its own, or pass data instead";
        if (typeof(Stream).IsAssignableFrom(type))
            return "a stream is open in this process only. Capture the bytes, or the path, and open it inside the function";
        if (typeof(Task).IsAssignableFrom(type) || type == typeof(ValueTask) || (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ValueTask<>)))
            return "a task runs in this process. Await it first and pass its result";
        if (typeof(TextReader).IsAssignableFrom(type) || typeof(TextWriter).IsAssignableFrom(type))
            return "it reads or writes in this process only. Capture the text, or the path, and open it inside the function";
        if (typeof(SafeHandle).IsAssignableFrom(type) || typeof(WaitHandle).IsAssignableFrom(type) || typeof(CriticalHandle).IsAssignableFrom(type))
            return "it is a handle of this process. Open it inside the function";
        if (type == typeof(IntPtr) || type == typeof(UIntPtr) || type.IsPointer || type.IsFunctionPointer || type == typeof(Pointer) || type == typeof(GCHandle))
            return "it is an address or a handle of this process. Use long if it is just a number";
        if (type.IsByRefLike || type.IsByRef)
            return "it refers to memory of this process. Copy it into an array first";
        if (typeof(Thread).IsAssignableFrom(type) || typeof(Timer).IsAssignableFrom(type) || typeof(ITimer).IsAssignableFrom(type) || typeof(SynchronizationContext).IsAssignableFrom(type) || typeof(TaskScheduler).IsAssignableFrom(type))
            return "it belongs to this process. Create it inside the function";
        if (typeof(IServiceProvider).IsAssignableFrom(type))
            return "its services live in this process. Pass the data the function needs";
        if (typeof(MemberInfo).IsAssignableFrom(type) || typeof(Assembly).IsAssignableFrom(type) || typeof(Module).IsAssignableFrom(type))
            return "it is code of this process. Pass its name and look it up inside the function";
        return NamedReason(type)
            ?? (typeof(IEnumerator).IsAssignableFrom(type) ? "it stands in the middle of a sequence. Call ToList() or ToArray() first"
            : typeof(IDisposable).IsAssignableFrom(type) ? "it is IDisposable, so it owns something of this process. Create it inside the function"
            : null);
    }

    /// <summary>Whether an object is a sequence that is computed while it is read.</summary>
    public static bool IsLazySequence(object value)
    {
        return value is IEnumerable and not (string or Array) && Lazy.GetOrAdd(value.GetType(), IsLazy);
    }

    private static bool IsLazy(Type type)
        => type.Assembly.GetName().Name is "System.Linq" or "System.Linq.Queryable" or "System.Linq.Parallel"
            || (type.IsNested && ClosureClass.IsGenerated(type) && typeof(IEnumerator).IsAssignableFrom(type));

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
