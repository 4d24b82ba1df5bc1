using System.Reflection;

namespace Handler.Grains.Tests;

/// <summary>
/// Objects of any interface, whose calls a test handles. A call that passes an internal structure of another assembly than its interface
/// fails.
/// </summary>
public class Fake : DispatchProxy
{
    private Func<MethodInfo, object?[], object?> handle = null!;

    /// <param name="handle">Receives each call, and returns its result.</param>
    internal static T Of<T>(Func<MethodInfo, object?[], object?> handle)
        where T : class
    {
        var fake = Create<T, Fake>();
        ((Fake)(object)fake).handle = handle;
        return fake;
    }

    /// <param name="find">Returns a grain by its interface and its key.</param>
    internal static IGrainFactory Grains(Func<Type, object, object> find)
        => Of<IGrainFactory>((method, arguments) => find(method.GetGenericArguments().Single(), arguments[0]!));

    /// <inheritdoc/>
    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => handle(targetMethod!, args ?? []);
}
