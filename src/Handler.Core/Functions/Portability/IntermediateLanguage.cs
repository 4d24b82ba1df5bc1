using System.Buffers.Binary;
using System.Reflection.Emit;

namespace Handler.Functions;

/// <summary>Walks the instructions of a method body.</summary>
internal static class IntermediateLanguage
{
    private const byte TwoByteCode = 0xFE;

    private static readonly OpCode[] OneByte = new OpCode[256];
    private static readonly OpCode[] TwoBytes = new OpCode[256];

    static IntermediateLanguage()
    {
        foreach (var field in typeof(OpCodes).GetFields())
        {
            if (field.GetValue(null) is OpCode code)
                (code.Size == 1 ? OneByte : TwoBytes)[(byte)code.Value] = code;
        }
    }

    /// <summary>The instructions that refer to a field, a method or a type, each with its metadata token.</summary>
    public static IEnumerable<(OpCode Code, int Token)> Tokens(byte[] body)
    {
        var i = 0;
        while (i < body.Length)
        {
            var code = body[i] == TwoByteCode ? TwoBytes[body[++i]] : OneByte[body[i]];
            i++;
            switch (code.OperandType)
            {
                case OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok:
                    yield return (code, BinaryPrimitives.ReadInt32LittleEndian(body.AsSpan(i)));
                    i += 4;
                    break;
                case OperandType.InlineSwitch:
                    i += 4 + (4 * BinaryPrimitives.ReadInt32LittleEndian(body.AsSpan(i)));
                    break;
                default:
                    i += OperandSize(code.OperandType);
                    break;
            }
        }
    }

    private static int OperandSize(OperandType type) => type switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        _ => 4,
    };
}
