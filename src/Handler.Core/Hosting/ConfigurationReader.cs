using System.Reflection;
using Handler.Functions;
using Microsoft.Extensions.Configuration;

namespace Handler.Hosting;

/// <summary>
/// Sets options from a section of a configuration. Unlike the standard binder it reads sizes with units, suggests a name for an unknown
/// key, and reports all errors instead of the first one.
/// </summary>
internal static class ConfigurationReader
{
    /// <summary>A key that calls a method.</summary>
    private const string Strict = nameof(HardeningOptions.UseStrict);

    /// <summary>Sets the options that the section has.</summary>
    /// <param name="section">The section. Its keys are names of public properties, in any case.</param>
    /// <param name="options">The object to set.</param>
    /// <param name="others">Keys of the section that other code reads.</param>
    /// <returns>The errors, a sentence each. An option with an error keeps its value.</returns>
    public static List<string> Read(IConfigurationSection section, object options, params IReadOnlyCollection<string> others)
        => Read(section, options, new OptionPlaces(LevelsOf(options.GetType(), section.Path)), others);

    /// <inheritdoc cref="Read(IConfigurationSection, object, IReadOnlyCollection{string})"/>
    /// <param name="section">The section. Its keys are names of public properties, in any case.</param>
    /// <param name="options">The object to set.</param>
    /// <param name="places">Where options belong that the section does not have.</param>
    /// <param name="others">Keys of the section that other code reads.</param>
    public static List<string> Read(
        IConfigurationSection section, object options, OptionPlaces places, params IReadOnlyCollection<string> others)
        => Read(section, options, options.GetType(), places, others);

    /// <summary>The sections of an object of this type, with the names of their options.</summary>
    public static List<(string Section, IReadOnlyList<string> Options)> LevelsOf(Type type, string section)
    {
        var options = OptionsOf(type);
        return
        [
            (section, [.. options.Keys]),
            .. options.Values.Where(IsSection).SelectMany(option => LevelsOf(option.PropertyType, $"{section}:{option.Name}")),
        ];
    }

    /// <summary>The names of the options in an object of this type, as they may be keys of a section.</summary>
    public static IEnumerable<string> KeysOf(Type type) => OptionsOf(type).Keys;

    /// <summary>An error if the section itself has a value: it was probably mistaken for a setting.</summary>
    public static IEnumerable<string> ErrorsInSection(IConfigurationSection section)
    {
        if (section.Value is { Length: > 0 }) // the message omits the value, which may be a password
            yield return $"{section.Path} has a value, but it is a section that contains settings. Remove the value.";
    }

    /// <summary>The keys of the section that are none of these, a sentence each.</summary>
    public static IEnumerable<string> UnknownKeys(IConfigurationSection section, OptionPlaces places, IEnumerable<string> known)
    {
        var names = known.Distinct(StringComparer.OrdinalIgnoreCase).Order(StringComparer.Ordinal).ToList();
        return section.GetChildren().Where(child => !names.Contains(child.Key, StringComparer.OrdinalIgnoreCase))
            .Select(child => places.Unknown(section, child.Key, names));
    }

    private static List<string> Read(
        IConfigurationSection section, object target, Type type, OptionPlaces places, IReadOnlyCollection<string> others)
    {
        var options = OptionsOf(type);
        IEnumerable<string> level = target is HardeningOptions ? [Strict] : [];
        var errors = ErrorsInSection(section).Concat(UnknownKeys(section, places, options.Keys.Concat(others).Concat(level))).ToList();
        if (target is HardeningOptions hardening)
            errors.AddRange(ReadStrict(section.GetSection(Strict), hardening));
        foreach (var child in section.GetChildren())
        {
            if (options.TryGetValue(child.Key, out var option))
                errors.AddRange(ReadOption(child, target, option, places));
        }

        return errors;
    }

    /// <summary>The properties that a section can set: those with a value, lists of text, and objects with options of their own.</summary>
    private static Dictionary<string, PropertyInfo> OptionsOf(Type type)
        => type.GetProperties().Where(static property => IsList(property) || IsSection(property) || IsValue(property))
            .ToDictionary(static property => property.Name, StringComparer.OrdinalIgnoreCase);

    private static bool IsValue(PropertyInfo property) => property.GetSetMethod() is not null && ValueFormat.Of(property) is not null;

    private static bool IsList(PropertyInfo property) => property.PropertyType == typeof(IList<string>);

    private static bool IsSection(PropertyInfo property)
        => property.PropertyType is { IsClass: true, Namespace: nameof(Handler) } && ValueFormat.Of(property) is null;

    private static List<string> ReadOption(IConfigurationSection section, object target, PropertyInfo option, OptionPlaces places)
    {
        if (IsList(option))
            return ReadList(section, (IList<string>)option.GetValue(target)!);
        return ValueFormat.Of(option) is { } format
            ? ReadValue(section, target, option, format)
            : Read(section, Nested(target, option), option.PropertyType, places, []);
    }

    private static List<string> ReadValue(IConfigurationSection section, object target, PropertyInfo option, ValueFormat format)
    {
        if (section.GetChildren().Any())
            return [$"{section.Path} is a section; it must be {format.Expected}."];
        if (string.IsNullOrEmpty(section.Value) && option.PropertyType != typeof(string))
        {
            if (Nullable.GetUnderlyingType(option.PropertyType) is null)
                return [$"{section.Path} has no value; it must be {format.Expected}."];
            option.SetValue(target, null);
        }
        else if (section.Value is { } text)
        {
            if (!format.TryParse(text, out var value))
                return [$"{section.Path} is \"{Excerpt.OfName(text)}\"; it must be {format.Expected}."];
            option.SetValue(target, value);
        }

        return [];
    }

    /// <summary>Sets all options of the strict level, before the other keys, so that these can set single ones otherwise.</summary>
    private static List<string> ReadStrict(IConfigurationSection section, HardeningOptions options)
    {
        if (!section.Exists())
            return [];
        if (!bool.TryParse(section.Value, out var isStrict))
            return [$"{section.Path} is \"{Excerpt.OfName(section.Value ?? "")}\"; it must be true or false."];
        if (isStrict)
            options.UseStrict();
        return [];
    }

    private static List<string> ReadList(IConfigurationSection section, IList<string> list)
    {
        if (section.Value is { Length: > 0 })
            return [$"{section.Path} has a value, but it is a list; write {section.Path}:0, {section.Path}:1 and so on."];
        foreach (var entry in section.GetChildren())
            list.Add(entry.Value ?? "");
        return [];
    }

    /// <summary>
    /// The object in an option. <see cref="JobLimits"/> are copied before they are changed, because other options may share them.
    /// </summary>
    private static object Nested(object target, PropertyInfo option)
    {
        var present = option.GetValue(target);
        if (present is not null and not JobLimits)
            return present;
        var nested = present is JobLimits limits ? limits with { } : Activator.CreateInstance(option.PropertyType)!;
        option.SetValue(target, nested);
        return nested;
    }
}
