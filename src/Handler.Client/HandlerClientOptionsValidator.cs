using Microsoft.Extensions.Options;

namespace Handler.Client;

/// <summary>Checks the options of a client as a whole. Every error names the option, its value and the allowed range.</summary>
internal sealed class HandlerClientOptionsValidator : IValidateOptions<HandlerClientOptions>
{
    public ValidateOptionsResult Validate(string? name, HandlerClientOptions options)
    {
        var errors = options.Errors().ToList();
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }
}
