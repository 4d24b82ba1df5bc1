using Handler.Functions;

namespace Handler.Nodes;

/// <summary>Checks the profiles of a node, including the default one, whose options are those of the node.</summary>
internal static class ProfileOptionErrors
{
    /// <summary>The errors, a sentence each.</summary>
    public static IEnumerable<string> In(HandlerOptions options)
    {
        var empty = options.Profiles.Where(static profile => profile.Value is null).Select(static profile => profile.Key).ToList();
        return empty.Count > 0
            ? empty.Select(static name => $"{WorkerProfile.PlaceOf(name)} is null.")
            : ErrorsInMinWorkers(options)
                .Concat(ErrorsInNames(options))
                .Concat(ErrorsInCommon(ProfileOptions.DefaultName, options.DefaultProfile))
                .Concat(options.Profiles.SelectMany(static profile =>
                    OptionRanges.ErrorsIn(profile.Value, $"{WorkerProfile.PlaceOf(profile.Key)}.")
                        .Concat(ErrorsInCommon(profile.Key, profile.Value))));
    }

    private static IEnumerable<string> ErrorsInMinWorkers(HandlerOptions options)
    {
        var most = options.MaxWorkers >= 1 ? options.MaxWorkers : int.MaxValue;
        if (options.MinWorkers < 0 || options.MinWorkers > most)
            yield return $"HandlerOptions.MinWorkers is {options.MinWorkers}; it must be between 0 and {most} (MaxWorkers).";
        else if (options.MinWorkers + options.Profiles.Values.Sum(static profile => (long)profile.MinWorkers) is var all && all > most)
            yield return $"The MinWorkers of all profiles are {all} together; they may be {most} at most (HandlerOptions.MaxWorkers).";
    }

    private static IEnumerable<string> ErrorsInNames(HandlerOptions options)
    {
        if (options.Profiles.Count > ProfileOptions.MaxProfiles)
            yield return $"HandlerOptions.Profiles has {options.Profiles.Count} profiles; it may have {ProfileOptions.MaxProfiles}.";
        foreach (var name in options.Profiles.Keys)
        {
            if (name.Equals(ProfileOptions.DefaultName, StringComparison.OrdinalIgnoreCase))
                yield return $"HandlerOptions.Profiles[\"{name}\"]: the default profile is set by the options of the handler "
                    + "itself, such as HandlerOptions.Hardening; use another name for another profile.";
            else if (name.Trim() != name || name.Length is 0 or > ProfileOptions.MaxNameLength || name.Any(char.IsControl))
                yield return $"HandlerOptions.Profiles has the name \"{Excerpt.OfName(Printable(name))}\"; "
                    + $"a name must have 1 to {ProfileOptions.MaxNameLength} characters, no blank at either end, "
                    + "and no control characters.";
        }
    }

    private static string Printable(string name) => string.Concat(name.Where(static each => !char.IsControl(each)));

    private static IEnumerable<string> ErrorsInCommon(string name, ProfileOptions profile)
    {
        var place = WorkerProfile.PlaceOf(name);
        return OptionRanges.ErrorsIn(profile.Recycling, $"{place}.Recycling.")
            .Concat(OptionRanges.ErrorsIn(profile.Hardening, $"{place}.Hardening."))
            .Concat(ErrorsInEnum($"{place}.Sharing", profile.Sharing))
            .Concat(ErrorsInEnum($"{place}.Hardening.ControlGroup", profile.Hardening.ControlGroup))
            .Concat(HardeningErrors($"{place}.Hardening.", profile.Hardening))
            .Concat(VariableErrors(place, profile.WorkerEnvironment));
    }

    private static IEnumerable<string> ErrorsInEnum<T>(string option, T value)
        where T : struct, Enum
    {
        if (!Enum.IsDefined(value))
            yield return $"{option} is {value}; it must be one of {string.Join(", ", Enum.GetNames<T>())}.";
    }

    private static IEnumerable<string> HardeningErrors(string prefix, HardeningOptions options)
        => PathErrors(prefix, nameof(options.ReadablePaths), options.ReadablePaths, options.RestrictReads, nameof(options.RestrictReads))
            .Concat(PathErrors(
                prefix, nameof(options.WritablePaths), options.WritablePaths, options.RestrictWrites, nameof(options.RestrictWrites)))
            .Concat(
                options.ControlGroup == ControlGroupMode.Off
                    ? options.GroupLimits.Settings().Select(each =>
                        $"{prefix}{each.Option} is set, and {prefix}ControlGroup is Off; this option needs a cgroup.")
                    : []);

    private static IEnumerable<string> PathErrors(string prefix, string name, IList<string> paths, bool isUsed, string needed)
    {
        if (paths.Count > 0 && !isUsed)
            yield return $"{prefix}{name} is set, but {needed} is false, so nothing would be restricted; set {needed} too.";
        foreach (var path in paths.Where(static path => path is null || !Path.IsPathRooted(path) || path.Contains('\0')))
            yield return $"{prefix}{name} has \"{Excerpt.OfName(path ?? "")}\"; it must be an absolute path.";
    }

    private static IEnumerable<string> VariableErrors(string place, IDictionary<string, string> variables)
        => from variable in variables
           let name = variable.Key
           where name.Length == 0 || name.Contains('=') || name.Contains('\0') || variable.Value is null || variable.Value.Contains('\0')
           select $"{place}.WorkerEnvironment has \"{Excerpt.OfName(name)}\": a name must not be empty or contain '=' or NUL, "
               + "and a value must not be null or contain NUL.";
}
