using Microsoft.Extensions.Options;

namespace Handler.Grains;

/// <summary>Checks the options of a silo as a whole. Every error names the option, its value and the allowed range.</summary>
internal sealed class HandlerSiloOptionsValidator : IValidateOptions<HandlerSiloOptions>
{
    public ValidateOptionsResult Validate(string? name, HandlerSiloOptions options)
    {
        List<string> errors = [.. options.ConfigurationErrors, .. OptionRanges.ErrorsIn(options, $"{nameof(HandlerSiloOptions)}.")];
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }
}
