using System.ComponentModel;
using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Handler.Wire;
using static Handler.Platform.LibC;

namespace Handler;

/// <summary>
/// Tells from an exception of the job what the operating system refused. The framework's exceptions have the error number of the system
/// call; what an application throws itself has none. Reads only members that no job can override. Loads no assembly that the exception has
/// not loaded already: the job may have used up all descriptors.
/// </summary>
internal static class RefusedCalls
{
    private const string Socket = "System.Net.Sockets.Socket", Process = "System.Diagnostics.Process";
    private const string Watcher = "System.IO.FileSystemWatcher", Thread = "System.Threading.Thread";
    private const string Network = "System.Net.NetworkInformation.LinuxNetworkInterface";

    /// <summary>The framework's methods that change attributes of a file. Any of them may be compiled into its caller.</summary>
    private static readonly (string Type, string Method)[] AttributeSetters =
    [
        ("System.IO.File", "Set"),
        ("System.IO.FileSystem", "Set"),
        ("System.IO.FileStatus", "Set"),
        ("System.IO.FileSystemInfo", "set_"),
        ("System.IO.Directory", "Set"),
    ];

    /// <summary>What was refused first, in the exception or in the exceptions within it.</summary>
    public static RefusedCall In(Exception exception)
    {
        var all = new List<Exception> { exception };
        for (var i = 0; i < all.Count && i < WorkerTuning.Texts.MaxExceptions; i++)
        {
            if (Of(all[i]) is not RefusedCall.None and var refused)
                return refused;
            if (all[i] is AggregateException several)
                all.AddRange(several.InnerExceptions.Take(WorkerTuning.Texts.MaxExceptions));
            else if (all[i].InnerException is { } inner)
                all.Add(inner);
        }

        return RefusedCall.None;
    }

    private static RefusedCall Of(Exception exception) => exception switch
    {
        UnauthorizedAccessException { InnerException: IOException { HResult: EPERM } } refused when IsThrownBy(refused, Watcher, "")
            => RefusedCall.FileWatching,
        UnauthorizedAccessException { InnerException: IOException { HResult: EPERM } } refused
            when Array.Exists(AttributeSetters, each => IsThrownBy(refused, each.Type, each.Method))
            => RefusedCall.FileAttributes,
        UnauthorizedAccessException { InnerException: IOException { HResult: EPERM or EACCES } } refused
            => IsInProc(refused) ? RefusedCall.ProcessFile : RefusedCall.File,
        IOException { HResult: EMFILE } => RefusedCall.Descriptor,
        OutOfMemoryException refused when IsThrownBy(refused, Thread, "Start") => RefusedCall.Task,
        ExternalException external => OfExternal(external),
        _ => RefusedCall.None,
    };

    /// <summary>The framework's exception has the path, in quotes, in its message only.</summary>
    private static bool IsInProc(UnauthorizedAccessException exception)
        => exception.GetType() == typeof(UnauthorizedAccessException) && exception.Message.Contains("'/proc/", StringComparison.Ordinal);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static RefusedCall OfExternal(ExternalException exception) => exception switch
    {
        SocketException { SocketErrorCode: SocketError.TooManyOpenSockets } => RefusedCall.Descriptor,
        SocketException { SocketErrorCode: SocketError.AccessDenied } when IsThrownBy(exception, Socket, ".ctor") => RefusedCall.Socket,
        SocketException => RefusedCall.None,
        Win32Exception { NativeErrorCode: EMFILE } => RefusedCall.Descriptor,
        Win32Exception { NativeErrorCode: EAGAIN } when IsThrownBy(exception, Process, "Start") => RefusedCall.Task,
        Win32Exception when IsThrownBy(exception, Network, "") => RefusedCall.Socket,
        Win32Exception { NativeErrorCode: EPERM } when IsThrownBy(exception, Process, "Start") => RefusedCall.NewProcess,
        Win32Exception { NativeErrorCode: EPERM } when IsThrownBy(exception, Process, "") => RefusedCall.OtherProcess,
        _ => RefusedCall.None,
    };

    /// <summary>Whether a method of the type was running whose name begins so.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool IsThrownBy(Exception exception, string type, string method)
    {
        foreach (var frame in new StackTrace(exception).GetFrames())
        {
            if (DiagnosticMethodInfo.Create(frame) is { } running
                && running.DeclaringTypeName == type
                && running.Name.StartsWith(method, StringComparison.Ordinal))
                return true;
        }

        return false;
    }
}
