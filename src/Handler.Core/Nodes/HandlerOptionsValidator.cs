using Handler.Functions;
using Handler.Pools;
using Microsoft.Extensions.Options;

namespace Handler.Nodes;

/// <summary>Checks options as a whole. Every error names the option, its value and the allowed range.</summary>
internal sealed class HandlerOptionsValidator : IValidateOptions<HandlerOptions>
{
    public ValidateOptionsResult Validate(string? name, HandlerOptions options)
    {
        var errors = Errors(options).Select(error => string.IsNullOrEmpty(name) ? error : $"Handler {name}: {error}").ToList();
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    /// <exception cref="ArgumentException">The options have errors.</exception>
    /// <param name="options">The options.</param>
    /// <param name="parameter">The public parameter that sets them.</param>
    public static void ThrowIfInvalid(HandlerOptions options, string? parameter = null)
    {
        var errors = Errors(options).ToList();
        if (errors.Count > 0)
            throw new ArgumentException(string.Join(Environment.NewLine, errors), parameter);
    }

    private static IEnumerable<string> Errors(HandlerOptions options)
        => OptionRanges.ErrorsIn(options, "HandlerOptions.")
            .Concat(ProfileOptionErrors.In(options))
            .Concat(options.Errors())
            .Concat(FunctionOptionErrors.In(options))
            .Concat(PoolErrors(options));

    private static IEnumerable<string> PoolErrors(HandlerOptions options)
    {
        var empty = options.Pools.Where(pool => pool.Value is null).Select(pool => pool.Key).ToList();
        return empty.Count > 0
            ? empty.Select(name => $"HandlerOptions.Pools[\"{Excerpt.OfName(name)}\"] is null.")
            : PoolGraph.FindErrors(
                new Dictionary<string, PoolOptions>(options.Pools, StringComparer.Ordinal),
                RegisteredNames.In(options),
                options.HasPoolsElsewhere);
    }
}
