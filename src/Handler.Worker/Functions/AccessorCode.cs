using System.Buffers.Binary;
using System.Reflection;

namespace Handler.Functions;

/// <summary>Knows accessors and constructors that do nothing but keep a value, by their instructions. What it does not know for sure it denies.</summary>
internal static class AccessorCode
{
    private const byte Nop = 0x00, LoadThis = 0x02, LoadFirst = 0x03, LoadThird = 0x05, LoadLocal = 0x06, StoreLocal = 0x0A, LoadShort = 0x0E, Return = 0x2A, BranchShort = 0x2B, Call = 0x28, LoadField = 0x7B, StoreField = 0x7D;

    /// <summary>The token of the field that a getter returns; <see langword="null"/> if it does anything else.</summary>
    public static int? FieldReturned(MethodInfo getter)
        => FieldOf(getter, LoadThis, LoadField, Return) ?? FieldOf(getter, LoadThis, LoadField, StoreLocal, BranchShort, LoadLocal, Return); // in a debug build by way of a variable

    /// <summary>The token of the field that a setter assigns its value to; <see langword="null"/> if it does anything else.</summary>
    public static int? FieldStored(MethodInfo setter) => FieldOf(setter, LoadThis, LoadFirst, StoreField, Return);

    /// <summary>The token of the field that each parameter of a constructor is assigned to; <see langword="null"/> if it does more than that.</summary>
    public static Dictionary<int, int>? FieldsAssigned(ConstructorInfo constructor)
    {
        if (Code(constructor) is not { } code)
            return null;
        var assigned = new Dictionary<int, int>();
        for (var i = 0; i < code.Length;)
        {
            if (code[i] == Nop)
            {
                i++;
            }
            else if (code[i] == Return && i == code.Length - 1)
            {
                return assigned;
            }
            else if (code[i] == LoadThis && At(code, i + 1) == Call && IsObjectConstructor(constructor, Token(code, i + 2)))
            {
                i += 6;
            }
            else if (code[i] == LoadThis && Argument(code, i + 1) is (> 0 and var number, var size) && At(code, i + 1 + size) == StoreField
                && assigned.TryAdd(number - 1, Token(code, i + 2 + size)))
            {
                i += size + 6;
            }
            else
            {
                return null;
            }
        }

        return null;
    }

    private static byte[]? Code(MethodBase method) => method.GetMethodBody()?.GetILAsByteArray();

    /// <summary>What a debug build makes of the same is mostly not known here, and is looked at in action. The distance of a branch to the next instruction is 0, as is a Nop.</summary>
    private static int? FieldOf(MethodInfo accessor, params ReadOnlySpan<byte> instructions)
    {
        if (Code(accessor) is not { } code)
            return null;
        var (i, field) = (0, 0);
        foreach (var instruction in instructions)
        {
            while (At(code, i) == Nop)
                i++;
            if (At(code, i) != instruction)
                return null;
            if (instruction is LoadField or StoreField)
                field = Token(code, i + 1);
            i += instruction is LoadField or StoreField ? 5 : 1;
        }

        return i == code.Length ? field : null;
    }

    private static (int Number, int Size) Argument(byte[] code, int at) => At(code, at) switch
    {
        >= LoadFirst and <= LoadThird and var load => (load - LoadThis, 1),
        LoadShort => (At(code, at + 1), 2),
        _ => (0, 0),
    };

    private static int At(byte[] code, int i) => i < code.Length ? code[i] : -1;

    private static int Token(byte[] code, int i) => i + 4 <= code.Length ? BinaryPrimitives.ReadInt32LittleEndian(code.AsSpan(i)) : 0;

    private static bool IsObjectConstructor(MethodBase method, int token) => Resolve(method, token) is ConstructorInfo constructor && constructor.DeclaringType == typeof(object);

    private static MemberInfo? Resolve(MethodBase method, int token)
    {
        try
        {
            return method.Module.ResolveMember(token, method.DeclaringType?.GetGenericArguments(), null);
        }
        catch (Exception e) when (e is ArgumentException or BadImageFormatException or IOException or TypeLoadException or MissingMemberException)
        {
            return null;
        }
    }
}
