using System.Reflection;
using static Handler.WorkerTuning.Between;

namespace Handler.Guard;

/// <summary>
/// Finds subscriptions of a job to a diagnostic listener, its own or the framework's. A subscription would see the data of later jobs. The
/// framework keeps every listener in a list, whose fields are read.
/// </summary>
internal static class LeftListeners
{
    private const BindingFlags Any = BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;
    private const string Listener = "System.Diagnostics.DiagnosticListener";

    private const string Next = "_next";
    private const string Subscriptions = "_subscriptions";
    private static readonly string[] Fields = [Next, Subscriptions];

    private static FieldInfo? next, subscriptions;

    /// <summary>The names of fields that this runtime does not have.</summary>
    public static IEnumerable<string> Unknown()
        => Fields
            .Where(static name => Type.GetType($"{Listener}, System.Diagnostics.DiagnosticSource")?.GetField(name, Any) is null)
            .Select(static name => $"{Listener}.{name}");

    /// <summary>Whether this listener, or one after it in the list, has a subscription.</summary>
    public static bool HasSubscriptions(object? listener)
    {
        for (var seen = 0; listener is not null && seen < MaxListed; seen++)
        {
            if (next is null || subscriptions is null)
                (next, subscriptions) = (FieldOf(listener, Next), FieldOf(listener, Subscriptions));
            if (subscriptions?.GetValue(listener) is not null)
                return true;
            listener = next?.GetValue(listener);
        }

        return false;
    }

    /// <summary>An application's listener may be of a derived class.</summary>
    private static FieldInfo? FieldOf(object listener, string name)
    {
        var type = listener.GetType();
        while (type is not null && type.FullName != Listener)
            type = type.BaseType;
        return type?.GetField(name, Any);
    }
}
