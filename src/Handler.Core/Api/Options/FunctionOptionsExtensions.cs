using Handler.Functions;

namespace Handler;

/// <summary>Registers functions in the options of a handler, a silo or a client.</summary>
public static class FunctionOptionsExtensions
{
    /// <summary>Registers a static method under a stable name, besides those marked with <see cref="JobFunctionAttribute"/>.</summary>
    /// <param name="options">The options.</param>
    /// <param name="name">The name that callers use.</param>
    /// <param name="function">The method.</param>
    /// <exception cref="ArgumentException">The name is blank or taken, or the function is not a static method.</exception>
    public static TOptions AddFunction<TOptions>(this TOptions options, string name, Delegate function)
        where TOptions : HandlerOptionsBase
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(function);
        if (string.IsNullOrWhiteSpace(name))
            throw Refused("the name of a function must not be blank");
        var method = function.Method;
        if (!method.IsStatic || function.Target is not null)
        {
            throw Refused($"{method.DeclaringType}.{method.Name} is not a static method but a lambda or a method of an object. "
                + "A registered function is found by its method: write it as a static method", nameof(function));
        }

        return options.Functions.TryAdd(name, function) ? options : throw Refused("a function of that name is registered already");

        ArgumentException Refused(string why, string parameter = nameof(name))
            => new($"AddFunction(\"{Excerpt.OfName(name)}\"): {why}.", parameter);
    }
}
