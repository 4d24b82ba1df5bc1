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
            .Concat(OptionRanges.ErrorsIn(options.Recycling, "HandlerOptions.Recycling."))
            .Concat(OptionRanges.ErrorsIn(options.Hardening, "HandlerOptions.Hardening."))
            .Concat(ErrorsInRelations(options))
            .Concat(options.Errors())
            .Concat(FunctionOptionErrors.In(options))
            .Concat(PoolErrors(options))
            .Concat(VariableErrors(options));

    private static IEnumerable<string> ErrorsInRelations(HandlerOptions options)
    {
        var most = options.MaxWorkers >= 1 ? options.MaxWorkers : int.MaxValue;
        if (options.MinWorkers < 0 || options.MinWorkers > most)
            yield return $"HandlerOptions.MinWorkers is {options.MinWorkers}; it must be between 0 and {most} (MaxWorkers).";
        if (!Enum.IsDefined(options.Hardening.ControlGroup))
        {
            var modes = string.Join(", ", Enum.GetNames<ControlGroupMode>());
            yield return $"HandlerOptions.Hardening.ControlGroup is {options.Hardening.ControlGroup}; it must be one of {modes}.";
        }
    }

    private static IEnumerable<string> VariableErrors(HandlerOptions options)
        => from variable in options.WorkerEnvironment
           let name = variable.Key
           where name.Length == 0 || name.Contains('=') || name.Contains('\0') || variable.Value is null || variable.Value.Contains('\0')
           select $"HandlerOptions.WorkerEnvironment has \"{Excerpt.OfName(name)}\": a name must not be empty or contain '=' or NUL, "
               + "and a value must not be null or contain NUL.";

    private static IEnumerable<string> PoolErrors(HandlerOptions options)
    {
        var empty = options.Pools.Where(pool => pool.Value is null).Select(pool => pool.Key).ToList();
        return empty.Count > 0
            ? empty.Select(name => $"HandlerOptions.Pools[\"{Excerpt.OfName(name)}\"] is null.")
            : PoolGraph.FindErrors(
                new Dictionary<string, PoolOptions>(options.Pools, StringComparer.Ordinal),
                options.PoolSelectors.Keys,
                options.HasPoolsElsewhere);
    }
}
