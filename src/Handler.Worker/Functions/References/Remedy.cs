namespace Handler.Functions;

/// <summary>
/// What a user can do about a type that cannot be sent. Users cannot add a constructor to a framework type or allow its assembly.
/// </summary>
internal static class Remedy
{
    /// <summary>What a type of Handler is, and what to do instead of sending it.</summary>
    public const string OfHandler = "a type of Handler itself, whose objects stay in their process. " + CopyData;

    private const string CopyData = "Copy the data that is needed of it into a type of your own.";

    public static string For(Type type, string forOwnTypes)
        => FrameworkAssemblies.IsFramework(type.Assembly)
            ? "It is a type of the framework: capture or return what is needed of it (numbers, strings, lists, or a type of your own), "
                + $"and make the {type.Name.Split('`')[0]} where it is used."
            : FrameworkAssemblies.IsHandler(type.Assembly.GetName().Name!) ? CopyData : forOwnTypes;
}
