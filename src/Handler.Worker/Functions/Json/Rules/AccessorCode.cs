using System.Buffers.Binary;
using System.Reflection;

namespace Handler.Functions;

/// <summary>
/// Recognizes, by their instructions, accessors and constructors that only store a value. If it is not certain, it says no.
/// </summary>
internal static class AccessorCode
{
    private const byte Nop = 0x00,
        LoadThis = 0x02,
        LoadFirst = 0x03,
        LoadThird = 0x05,
        LoadLocal = 0x06,
        StoreLocal = 0x0A,
        LoadShort = 0x0E,
        Return = 0x2A,
        BranchShort = 0x2B,
        Call = 0x28,
        LoadField = 0x7B,
        StoreField = 0x7D;
    private const byte LoadNull = 0x14,
        LoadMinusOne = 0x15,
        LoadEight = 0x1E,
        LoadSmallNumber = 0x1F,
        LoadNumber = 0x20,
        LoadText = 0x72,
        New = 0x73,
        LoadStatic = 0x7E;

    /// <summary>The token of the field that a getter returns; <see langword="null"/> if the getter does anything else.</summary>
    public static int? FieldReturned(MethodInfo getter) =>
        // The second form is a debug build, which uses a local variable.
        FieldOf(getter, LoadThis, LoadField, Return) ?? FieldOf(getter, LoadThis, LoadField, StoreLocal, BranchShort, LoadLocal, Return);

    /// <summary>
    /// The token of the field that a setter assigns its value to; <see langword="null"/> if the setter does anything else.
    /// </summary>
    public static int? FieldStored(MethodInfo setter) => FieldOf(setter, LoadThis, LoadFirst, StoreField, Return);

    /// <summary>
    /// For each parameter of a constructor, the token of the field that it, or the constructor of its base class, assigns the parameter to;
    /// <see langword="null"/> if the constructor does anything more than that and giving other fields their initial values.
    /// </summary>
    public static Dictionary<int, int>? FieldsAssigned(ConstructorInfo constructor)
    {
        if (Code(constructor) is not { } code)
            return null;
        var assigned = new Dictionary<int, int>();
        var stored = new HashSet<int>();
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
            else if (code[i] == LoadThis && Argument(code, i + 1) is ( > 0 and var number, var size) && At(code, i + 1 + size) == StoreField
                && stored.Add(Token(code, i + 2 + size)) && assigned.TryAdd(number - 1, Token(code, i + 2 + size)))
            {
                i += size + 6;
            }
            else if (code[i] == LoadThis
                && Constant(constructor, code, i + 1) is > 0 and var length
                && At(code, i + 1 + length) == StoreField
                && stored.Add(Token(code, i + 2 + length)))
            {
                i += length + 6;
            }
            else if (code[i] == LoadThis && CallsBase(constructor, code, ref i, assigned))
            {
                // The reader has advanced to the next instruction.
            }
            else
            {
                return null;
            }
        }

        return null;
    }

    /// <summary>Whether the constructor of the base class is called with parameters only, and also only stores them.</summary>
    private static bool CallsBase(ConstructorInfo constructor, byte[] code, ref int i, Dictionary<int, int> assigned)
    {
        var next = i + 1;
        var passed = new List<int>();
        while (Argument(code, next) is ( > 0 and var number, var size))
        {
            passed.Add(number - 1);
            next += size;
        }

        if (At(code, next) != Call
            || Resolve(constructor, Token(code, next + 1)) is not ConstructorInfo called
            || called.DeclaringType != constructor.DeclaringType?.BaseType
            || called.GetParameters().Length != passed.Count)
            return false;
        i = next + 5;
        if (called.DeclaringType == typeof(object))
            return true;
        if (called.Module != constructor.Module || FieldsAssigned(called) is not { } fields || fields.Count != passed.Count)
            return false; // tokens of another module have a different meaning
        foreach (var (position, field) in fields)
        {
            if (!assigned.TryAdd(passed[position], field))
                return false;
        }

        return true;
    }

    /// <summary>
    /// The length of an instruction that loads an initial value which is constant, or a new framework object made without arguments; 0 for
    /// any other instruction.
    /// </summary>
    private static int Constant(ConstructorInfo constructor, byte[] code, int at)
        => At(code, at) switch
        {
            LoadNull or (>= LoadMinusOne and <= LoadEight) => 1,
            LoadSmallNumber => 2,
            LoadNumber or LoadText or LoadStatic => 5,
            New
                when Resolve(constructor, Token(code, at + 1)) is ConstructorInfo made
                    && made.GetParameters().Length == 0
                    && FrameworkAssemblies.IsFramework(made.DeclaringType!.Assembly) => 5,
            _ => 0,
        };

    private static byte[]? Code(MethodBase method) => method.GetMethodBody()?.GetILAsByteArray();

    /// <summary>
    /// Most debug-build variants of the same code are not recognized here and are checked by running them. A branch to the next instruction
    /// has distance 0, which reads as a Nop.
    /// </summary>
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

    private static MemberInfo? Resolve(MethodBase method, int token)
    {
        try
        {
            return method.Module.ResolveMember(token, method.DeclaringType?.GetGenericArguments(), null);
        }
        catch (Exception exception)
            when (exception is ArgumentException or BadImageFormatException or IOException or TypeLoadException or MissingMemberException)
        {
            return null;
        }
    }
}
