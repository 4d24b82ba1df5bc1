namespace Handler.Functions;

/// <summary>The name of a type in messages: as in C#, without assembly versions.</summary>
internal static class TypeName
{
    public static string Of(Type type)
    {
        if (type.IsArray)
            return $"{Of(type.GetElementType()!)}[{new string(',', type.GetArrayRank() - 1)}]";
        var name = type.IsGenericParameter ? type.Name : type.FullName ?? type.Name;
        if (!type.IsGenericType)
            return name.Replace('+', '.');
        var end = name.IndexOf('[', StringComparison.Ordinal);
        if (end >= 0)
            name = name[..end];
        var arguments = type.GetGenericArguments();
        var names = new string[arguments.Length];
        for (var i = 0; i < arguments.Length; i++)
            names[i] = Of(arguments[i]);
        return $"{WithoutArity(name).Replace('+', '.')}<{string.Join(", ", names)}>";
    }

    private static string WithoutArity(string name)
    {
        var result = new System.Text.StringBuilder(name.Length);
        for (var i = 0; i < name.Length; i++)
        {
            if (name[i] != '`')
            {
                result.Append(name[i]);
                continue;
            }

            while (i + 1 < name.Length && char.IsAsciiDigit(name[i + 1]))
                i++;
        }

        return result.ToString();
    }
}
