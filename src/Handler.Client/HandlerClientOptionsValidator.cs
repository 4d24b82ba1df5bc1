using Handler.Functions;
using Microsoft.Extensions.Options;

namespace Handler.Client;

/// <summary>Checks the options of a client as a whole. Every error names the option, its value and the allowed range.</summary>
internal sealed class HandlerClientOptionsValidator : IValidateOptions<HandlerClientOptions>
{
    public ValidateOptionsResult Validate(string? name, HandlerClientOptions options)
    {
        var errors = Errors(options);
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    /// <summary>The errors, one sentence each.</summary>
    public static List<string> Errors(HandlerClientOptions options) => [.. options.Errors(), .. FunctionOptionErrors.In(options)];
}
