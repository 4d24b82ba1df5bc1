using System.Collections;
using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.Loader;
using Handler.Functions;

namespace Handler.Guard;

/// <summary>
/// Finds a job's code that the runtime would call during a later job: handlers of process-wide events, listeners, signal handlers. No API
/// lists them, so the framework's fields that hold them are read. A field that a later runtime renames is not watched; a test reports it.
/// </summary>
internal sealed class LeftHandlers
{
    private const BindingFlags Any = BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    /// <summary>The fields that are compared after each job; this takes nanoseconds.</summary>
    private static readonly (string Type, string Field)[] Events =
    [
        ("System.AppDomain", "ProcessExit"),
        ("System.AppDomain", "DomainUnload"),
        ("System.AppDomain", "_defaultPrincipal"),
        ("System.AppContext", "UnhandledException"),
        ("System.AppContext", "FirstChanceException"),
        ("System.AppContext", "s_switches"),
        ("System.Runtime.Loader.AssemblyLoadContext", "AssemblyLoad"),
        ("System.Runtime.Loader.AssemblyLoadContext", "TypeResolve"),
        ("System.Runtime.Loader.AssemblyLoadContext", "ResourceResolve"),
        ("System.Runtime.Loader.AssemblyLoadContext", "AssemblyResolve"),
        ("System.Runtime.Loader.AssemblyLoadContext", "_resolving"),
        ("System.Runtime.Loader.AssemblyLoadContext", "_resolvingUnmanagedDll"),
        ("System.Runtime.Loader.AssemblyLoadContext", "_unloading"),
        ("System.Runtime.ExceptionServices.ExceptionHandling", "s_handler"),
        ("System.Runtime.CompilerServices.ContractHelper", "InternalContractFailed"),
        ("System.Threading.Tasks.TaskScheduler", "UnobservedTaskException"),
        ("System.Diagnostics.Tracing.EventListener", "s_Listeners"),
    ];

    /// <summary>
    /// Reading this field starts a thread if the runtime does not yet handle signals. If the system refuses that thread, the runtime ends
    /// the process.
    /// </summary>
    private static readonly (string Assembly, string Type, string Field, string What) SignalHandlers =
        ("System.Private.CoreLib", "System.Runtime.InteropServices.PosixSignalRegistration", "s_registrations", "a signal handler");

    /// <summary>The listeners themselves are accepted.</summary>
    private static readonly (string Assembly, string Type, string Field, string What) Subscriptions = (
        "System.Diagnostics.DiagnosticSource",
        "System.Diagnostics.DiagnosticListener",
        "s_allListeners",
        "a subscription to a diagnostic listener");

    /// <summary>Collections that are empty unless code registered something, by the assembly that declares them.</summary>
    private static readonly (string Assembly, string Type, string Field, string What)[] Registrations =
    [
        SignalHandlers,
        ("System.Diagnostics.DiagnosticSource", "System.Diagnostics.Activity", "CurrentChanged", "a handler of Activity.CurrentChanged"),
        ("System.Diagnostics.DiagnosticSource", "System.Diagnostics.ActivitySource", "s_allListeners", "an activity listener"),
        ("System.Diagnostics.DiagnosticSource", "System.Diagnostics.Metrics.MeterListener", "s_allStartedListeners", "a meter listener"),
        (
            "System.Diagnostics.DiagnosticSource",
            "System.Diagnostics.DiagnosticListener",
            "s_allListenerObservable",
            "a diagnostic listener"),
        Subscriptions,
        ("System.Console", "System.Console", "s_cancelCallbacks", "a handler of Console.CancelKeyPress"),
        (
            "System.Net.NetworkInformation",
            "System.Net.NetworkInformation.NetworkChange",
            "s_addressChangedSubscribers",
            "a handler of network changes"),
        (
            "System.Net.NetworkInformation",
            "System.Net.NetworkInformation.NetworkChange",
            "s_availabilityChangedSubscribers",
            "a handler of network changes"),
    ];

    private static readonly PropertyInfo CurrentDomain = typeof(AppDomain).GetProperty(nameof(AppDomain.CurrentDomain))!;
    private static readonly PropertyInfo DefaultContext = typeof(AssemblyLoadContext).GetProperty(nameof(AssemblyLoadContext.Default))!;

    private readonly FieldInfo[] fields;
    private readonly object?[] accepted;
    private readonly Func<int> compare;
    private readonly List<(FieldInfo Field, string What)> registrations = [];
    private readonly NewAssemblies newAssemblies = new();

    public LeftHandlers()
    {
        fields = [.. Events.Select(Field).OfType<FieldInfo>()];
        accepted = [.. fields.Select(Value)];
        compare = Compile(fields, accepted);
    }

    /// <summary>The names of fields that this runtime does not have.</summary>
    public static IEnumerable<string> Unknown()
        => Events.Where(each => Field(each) is null).Select(each => $"{each.Type}.{each.Field}")
            .Concat(Registrations.Where(each => Field(each) is null).Select(each => $"{each.Type}.{each.Field}"));

    /// <summary>Whether a handler was added since the last check, among the kinds that are cheap to check.</summary>
    public bool Suspects() => compare() >= 0;

    /// <param name="signalsAreHandled">Whether the runtime handles signals: see <see cref="SignalHandlers"/>.</param>
    /// <returns>The finding, as the words of a message; <see langword="null"/> if there is none.</returns>
    public string? Find(bool signalsAreHandled)
    {
        for (int i; (i = compare()) >= 0;)
        {
            var value = Value(fields[i]);
            if (Foreign(value) is { } handler)
                return value is Delegate
                    ? $"a handler of {fields[i].DeclaringType!.Name}.{fields[i].Name.TrimStart('_')} ({handler})"
                    : handler;
            accepted[i] = value;
        }

        return FindRegistration(signalsAreHandled);
    }

    /// <summary>The framework adds harmless handlers too, on first use.</summary>
    private static string? Foreign(object? value)
        => value switch
        {
            null => null,
            Delegate handlers => Array.Find(handlers.GetInvocationList(), each => !FrameworkAssemblies.IsOurs(each.Method.Module.Assembly))
                is { Method: var method }
                ? $"{method.DeclaringType?.FullName}.{method.Name}"
                : null,
            IDictionary => "a switch of AppContext",
            System.Security.Principal.IPrincipal => "a default principal",
            _ => FrameworkAssemblies.IsOurs(value.GetType().Assembly) ? null : $"an object that listens ({value.GetType().FullName})",
        };

    private string? FindRegistration(bool signalsAreHandled)
    {
        if (newAssemblies.Take())
            FindRegistrations();
        foreach (var (field, what) in registrations)
        {
            if ((signalsAreHandled || what != SignalHandlers.What)
                && (what == Subscriptions.What ? LeftListeners.HasSubscriptions(field.GetValue(null)) : HoldsAny(field.GetValue(null))))
                return what;
        }

        return null;
    }

    private static bool HoldsAny(object? value) => value switch
    {
        null => false,
        ICollection collection => collection.Count > 0,
        IEnumerable items => items.GetEnumerator().MoveNext(),
        _ when value.GetType().GetProperty("Count", Any) is { } count => (int)count.GetValue(value)! > 0,
        _ => true, // it is created for the first registration
    };

    private void FindRegistrations()
    {
        registrations.Clear();
        foreach (var assembly in AppDomain.CurrentDomain.GetAssemblies())
        {
            foreach (var each in Registrations)
            {
                if (assembly.GetName().Name == each.Assembly && assembly.GetType(each.Type)?.GetField(each.Field, Any) is { } field)
                    registrations.Add((field, each.What));
            }
        }
    }

    private static object? Value(FieldInfo field) => field.GetValue(Target(field));

    private static object? Target(FieldInfo field)
        => field.IsStatic ? null
        : field.DeclaringType == typeof(AppDomain) ? AppDomain.CurrentDomain
        : AssemblyLoadContext.Default;

    private static FieldInfo? Field((string Type, string Field) name)
        => typeof(object).Assembly.GetType(name.Type)?.GetField(name.Field, Any);

    private static FieldInfo? Field((string Assembly, string Type, string Field, string What) name)
        => Type.GetType($"{name.Type}, {name.Assembly}")?.GetField(name.Field, Any);

    /// <summary>Creates a function that returns the index of the first field whose value is not the accepted one, or -1.</summary>
    private static Func<int> Compile(FieldInfo[] fields, object?[] accepted)
    {
        var method = new DynamicMethod(
            "CompareHandlers",
            typeof(int),
            [typeof(object[])],
            typeof(LeftHandlers).Module,
            skipVisibility: true);
        var code = method.GetILGenerator();
        for (var i = 0; i < fields.Length; i++)
        {
            var same = code.DefineLabel();
            if (fields[i].IsStatic)
            {
                code.Emit(OpCodes.Ldsfld, fields[i]);
            }
            else
            {
                code.Emit(OpCodes.Call, (fields[i].DeclaringType == typeof(AppDomain) ? CurrentDomain : DefaultContext).GetMethod!);
                code.Emit(OpCodes.Ldfld, fields[i]);
            }

            code.Emit(OpCodes.Ldarg_0);
            code.Emit(OpCodes.Ldc_I4, i);
            code.Emit(OpCodes.Ldelem_Ref);
            code.Emit(OpCodes.Beq, same);
            code.Emit(OpCodes.Ldc_I4, i);
            code.Emit(OpCodes.Ret);
            code.MarkLabel(same);
        }

        code.Emit(OpCodes.Ldc_I4_M1);
        code.Emit(OpCodes.Ret);
        return method.CreateDelegate<Func<int>>(accepted);
    }
}
