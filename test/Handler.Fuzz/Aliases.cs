using System.Buffers.Binary;
using System.Reflection;

namespace Handler.Fuzz;

/// <summary>
/// Replaces values that differ from build to build by aliases, so that a corpus works for several builds. The values are the version id of
/// this assembly's module, and the tokens of its methods and fields; the alias of a token is its index in a list of them.
/// </summary>
internal sealed class Aliases
{
    private const BindingFlags All =
        BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private static readonly byte[] Version = [.. "THE.MODULE.IS.ME"u8];
    private static readonly byte[] Module = typeof(Aliases).Module.ModuleVersionId.ToByteArray();

    private readonly List<int> tokens = [];

    public Aliases()
    {
        Type[] types =
        [
            typeof(Jobs),
            typeof(TextExtensions),
            .. typeof(CallTarget).GetNestedTypes(All),
            .. typeof(ReferenceTarget).GetNestedTypes(All),
        ];
        foreach (var type in types)
            tokens.AddRange(
                type.GetMembers(All)
                    .Where(member => member is MethodInfo or FieldInfo)
                    .OrderBy(member => member.MetadataToken)
                    .Select(member => member.MetadataToken));
    }

    /// <summary>Replaces the values of this build by aliases.</summary>
    public byte[] Replace(byte[] bytes)
    {
        var copy = bytes.ToArray();
        for (var i = 0; i + sizeof(int) <= copy.Length; i++)
        {
            if (copy.AsSpan(i).StartsWith(Module))
                Version.CopyTo(copy, i);
            var number = tokens.IndexOf(BinaryPrimitives.ReadInt32LittleEndian(copy.AsSpan(i)));
            if (number >= 0)
                ((ReadOnlySpan<byte>)[(byte)number, 0xA1, 0x1A, 0x5F]).CopyTo(copy.AsSpan(i));
        }

        return copy;
    }

    /// <summary>Replaces aliases by the values of this build.</summary>
    public byte[] Resolve(byte[] bytes)
    {
        var copy = bytes.ToArray();
        for (var i = 0; i + sizeof(int) <= copy.Length; i++)
        {
            if (copy.AsSpan(i).StartsWith(Version))
                Module.CopyTo(copy, i);
            if (copy[i + 1] == 0xA1 && copy[i + 2] == 0x1A && copy[i + 3] == 0x5F)
                BinaryPrimitives.WriteInt32LittleEndian(copy.AsSpan(i), tokens[copy[i] % tokens.Count]);
        }

        return copy;
    }
}
