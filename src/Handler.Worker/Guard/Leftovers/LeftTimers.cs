using System.Reflection;
using System.Reflection.Emit;
using static Handler.WorkerTuning.Between;

namespace Handler.Guard;

/// <summary>
/// Tells which code owns the active timers. The runtime only counts them, so its own queues are read through fields that it may rename.
/// Then every timer counts as left behind, and a test reports it.
/// </summary>
internal static class LeftTimers
{
    /// <summary>Assemblies whose timers only clean up connection pools or caches, and so do not affect other jobs.</summary>
    private static readonly string[] Harmless =
    [
        "System.Net.Http",
        "Microsoft.Extensions.Http",
        "System.Runtime.Caching",
        "Microsoft.Data.SqlClient",
        "Npgsql",
    ];

    private const BindingFlags Any = BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    private static readonly Type? Queue = typeof(Timer).Assembly.GetType("System.Threading.TimerQueue");
    private static readonly Type? Entry = typeof(Timer).Assembly.GetType("System.Threading.TimerQueueTimer");
    private static readonly Array? Queues = Queue?.GetProperty("Instances", Any)?.GetValue(null) as Array;
    private static readonly FieldInfo?[] Lists = [Queue?.GetField("_shortTimers", Any), Queue?.GetField("_longTimers", Any)];
    private static readonly FieldInfo? Next = Entry?.GetField("_next", Any);
    private static readonly FieldInfo? Callback = Entry?.GetField("_timerCallback", Any);
    private static readonly PropertyInfo? Gate = Queue?.GetProperty("SharedLock", Any);

    /// <summary>
    /// Whether there are active timers. Takes a nanosecond for each of the runtime's queues; counting the timers would lock each queue.
    /// </summary>
    private static readonly Func<bool>? AreAny = CanTell ? Compile() : null;

    /// <summary>Whether the owners of timers can be determined on this runtime.</summary>
    public static bool CanTell
        => Queues is not null && Lists.All(list => list is not null) && Next is not null && Callback is not null && Gate is not null;

    /// <summary>An active timer that is not harmless, as the words of a message; <see langword="null"/> if there is none.</summary>
    public static string? Find()
    {
        if (AreAny is null)
            return Timer.ActiveCount > 0 ? "an active timer" : null;
        if (!AreAny())
            return null;
        foreach (var queue in Queues!)
        {
            var gate = (Lock)Gate!.GetValue(queue)!;
            using (gate.EnterScope())
            {
                if (FindIn(queue!) is { } found)
                    return found;
            }
        }

        return null;
    }

    private static string? FindIn(object queue)
    {
        var seen = 0;
        foreach (var list in Lists)
        {
            for (var entry = list!.GetValue(queue); entry is not null && seen++ < MaxListed; entry = Next!.GetValue(entry))
            {
                if (Callback!.GetValue(entry) is Delegate callback && !IsHarmless(callback.Method))
                    return Describe(callback.Method);
            }
        }

        return null;
    }

    private static bool IsHarmless(MethodInfo callback) => Array.IndexOf(Harmless, callback.Module.Assembly.GetName().Name) >= 0;

    private static string Describe(MethodInfo callback)
        => callback.DeclaringType?.Assembly == typeof(Timer).Assembly
            ? "an active timer"
            : $"an active timer ({callback.DeclaringType?.FullName}.{callback.Name})";

    private static Func<bool> Compile()
    {
        var method = new DynamicMethod("AnyTimer", typeof(bool), [typeof(object[])], typeof(LeftTimers).Module, skipVisibility: true);
        var code = method.GetILGenerator();
        var index = code.DeclareLocal(typeof(int));
        var (look, found, none) = (code.DefineLabel(), code.DefineLabel(), code.DefineLabel());
        code.MarkLabel(look);
        code.Emit(OpCodes.Ldloc, index);
        code.Emit(OpCodes.Ldarg_0);
        code.Emit(OpCodes.Ldlen);
        code.Emit(OpCodes.Conv_I4);
        code.Emit(OpCodes.Bge, none);
        foreach (var list in Lists)
        {
            code.Emit(OpCodes.Ldarg_0);
            code.Emit(OpCodes.Ldloc, index);
            code.Emit(OpCodes.Ldelem_Ref);
            code.Emit(OpCodes.Ldfld, list!);
            code.Emit(OpCodes.Brtrue, found);
        }

        code.Emit(OpCodes.Ldloc, index);
        code.Emit(OpCodes.Ldc_I4_1);
        code.Emit(OpCodes.Add);
        code.Emit(OpCodes.Stloc, index);
        code.Emit(OpCodes.Br, look);
        code.MarkLabel(found);
        code.Emit(OpCodes.Ldc_I4_1);
        code.Emit(OpCodes.Ret);
        code.MarkLabel(none);
        code.Emit(OpCodes.Ldc_I4_0);
        code.Emit(OpCodes.Ret);
        return method.CreateDelegate<Func<bool>>(Queues);
    }
}
