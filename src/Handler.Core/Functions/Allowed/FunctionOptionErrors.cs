namespace Handler.Functions;

/// <summary>The errors in what options say about functions: allowed assemblies, the serializer, and registered functions.</summary>
internal static class FunctionOptionErrors
{
    /// <summary>The errors, one sentence each.</summary>
    public static List<string> In(HandlerOptionsBase options)
    {
        var assemblies = AllowedAssemblies.Of(options);
        var gate = new TypeGate(assemblies, trustsCallers: !options.CallersAreElsewhere);
        return
        [
            .. AllowedAssemblies.ErrorsIn(options),
            .. SerializerErrors(options, gate),
            .. RegisteredFunctions.ErrorsIn(assemblies, options.Functions, gate),
        ];
    }

    private static IEnumerable<string> SerializerErrors(HandlerOptionsBase options, TypeGate gate)
    {
        if (options.SerializerType is not { } type)
            yield break;
        if (!typeof(IJobSerializer).IsAssignableFrom(type) || type.IsAbstract || type.IsGenericType || type.GetConstructor([]) is null)
        {
            yield return $"{options.Name}.UseSerializer: {TypeName.Of(type)} is not a class that implements IJobSerializer and has a "
                + "public constructor without parameters.";
        }
        else if (!gate.Allows(type.Assembly))
        {
            yield return $"{options.Name}.UseSerializer: {TypeGate.NotAllowed(type.Assembly.GetName().Name!)}";
        }
    }
}
