namespace Handler.Functions;

/// <summary>
/// What a user can do about a type that cannot be sent. Users cannot add a constructor to a framework type or allow its assembly.
/// </summary>
internal static class Remedy
{
    public static string For(Type type, string forOwnTypes)
        => FrameworkAssemblies.IsFramework(type.Assembly)
            ? "It is a type of the framework: capture or return what is needed of it (numbers, strings, lists, or a type of your own), "
                + $"and make the {type.Name.Split('`')[0]} where it is used."
            : forOwnTypes;
}
