using System.Reflection;

namespace Handler;

/// <summary>Checks options against their <see cref="AllowedRangeAttribute"/>.</summary>
internal static class OptionRanges
{
    /// <summary>The options that are out of range, a sentence each. One that is <see langword="null"/> has no value to check.</summary>
    /// <param name="options">The object that has the options as public properties.</param>
    /// <param name="prefix">What stands before an option's name in messages, such as <c>HandlerOptions.</c>.</param>
    public static IEnumerable<string> ErrorsIn(object options, string prefix)
        => from option in options.GetType().GetProperties()
           let range = option.GetCustomAttribute<AllowedRangeAttribute>()
           where range is not null
           let value = option.GetValue(options)
           where value is not null && !range.Allows(value)
           select $"{prefix}{option.Name} is {value}; it must be {range}.";
}
