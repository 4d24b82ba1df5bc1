using System.Reflection;
using System.Runtime.CompilerServices;

namespace Application.Tests;

/// <summary>Every public call that can wait takes a <see cref="CancellationToken"/>, as its last parameter.</summary>
public sealed class WaitingCallTests
{
    /// <summary>Calls without a token, and why.</summary>
    private static readonly Dictionary<string, string> WithoutToken = new()
    {
        ["JobHandle.DisposeAsync"] = "IAsyncDisposable has none; the job is killed, and a kill ends soon",
        ["JobHandle`1.DisposeAsync"] = "the same",
        ["JobHandle.get_Outcome"] = "a task, which the caller can await with WaitAsync",
        ["JobHandle`1.get_Outcome"] = "the same",
    };

    private static readonly string[] Libraries =
    [
        "Handler.Client", "Handler.Core", "Handler.Grains", "Handler.Grains.Abstractions", "Handler.Silo", "Handler.Tls", "Handler.Worker",
    ];

    [Fact]
    public void Every_call_that_can_wait_takes_a_token()
    {
        var waiting = Libraries.SelectMany(static library => Assembly.Load(library).GetExportedTypes())
            .Where(static type => type.GetCustomAttribute<CompilerGeneratedAttribute>() is null)
            .SelectMany(static type => type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static
                | BindingFlags.DeclaredOnly))
            .Where(static method => IsTask(method.ReturnType))
            .ToList();
        Assert.Contains(waiting, static method => method.Name == nameof(IPool.GetSnapshotAsync));
        Assert.Equal(
            WithoutToken.Keys.Order(StringComparer.Ordinal),
            waiting.Where(static method => method.GetParameters().LastOrDefault()?.ParameterType != typeof(CancellationToken))
                .Select(static method => $"{method.DeclaringType!.Name}.{method.Name}").Order(StringComparer.Ordinal));
    }

    private static bool IsTask(Type type)
        => typeof(Task).IsAssignableFrom(type)
            || type == typeof(ValueTask)
            || type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ValueTask<>);
}
