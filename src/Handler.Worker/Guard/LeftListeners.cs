using System.Reflection;

namespace Handler.Guard;

/// <summary>
/// Finds what a job has subscribed to one of the diagnostic listeners, its own or one of the framework: it would see the data of later jobs. Every listener is in a list of the framework, whose fields are read.
/// </summary>
internal static class LeftListeners
{
    private const BindingFlags Any = BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;
    private const string Listener = "System.Diagnostics.DiagnosticListener";

    /// <summary>Enough for any list; it may change while it is walked.</summary>
    private const int MostListeners = 10_000;

    private static FieldInfo? next, subscriptions;

    /// <summary>Names of fields that this runtime does not have.</summary>
    public static IEnumerable<string> Unknown()
        => new[] { "_next", "_subscriptions" }.Where(static name => Type.GetType($"{Listener}, System.Diagnostics.DiagnosticSource")?.GetField(name, Any) is null).Select(static name => $"{Listener}.{name}");

    /// <summary>Whether somebody has subscribed to one of the listeners from this one on.</summary>
    public static bool HasSubscriptions(object? listener)
    {
        for (var seen = 0; listener is not null && seen < MostListeners; seen++)
        {
            if (next is null || subscriptions is null)
                (next, subscriptions) = (FieldOf(listener, "_next"), FieldOf(listener, "_subscriptions"));
            if (subscriptions?.GetValue(listener) is not null)
                return true;
            listener = next?.GetValue(listener);
        }

        return false;
    }

    /// <summary>An application's listener may be of a class of its own.</summary>
    private static FieldInfo? FieldOf(object listener, string name)
    {
        var type = listener.GetType();
        while (type is not null && type.FullName != Listener)
            type = type.BaseType;
        return type?.GetField(name, Any);
    }
}
