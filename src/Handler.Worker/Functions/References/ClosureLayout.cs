using System.Buffers;
using System.Reflection;

namespace Handler.Functions;

/// <summary>The fields of a closure class that are sent, in order. Only fields that the function reads are sent.</summary>
internal sealed class ClosureLayout(Type type)
{
    private const byte ValueField = 0, ClosureField = 1;

    public Type Type { get; } = type;

    public Field[] Fields { get; set; } = [];

    /// <summary>The fields through which delegates can be reached. Only the caller's side determines them.</summary>
    public FieldInfo[] Holders { get; set; } = [];

    /// <summary>Writes this layout and those of the enclosing scopes, this one first.</summary>
    public void Write(IBufferWriter<byte> writer)
    {
        var layouts = new List<ClosureLayout> { this };
        for (var i = 0; i < layouts.Count; i++)
        {
            foreach (var field in layouts[i].Fields)
            {
                if (field.Closure is { } closure && !layouts.Contains(closure))
                    layouts.Add(closure);
            }
        }

        writer.WriteLength(layouts.Count);
        foreach (var layout in layouts)
        {
            writer.WriteLength(layout.Fields.Length);
            foreach (var field in layout.Fields)
            {
                writer.WriteInt32(field.Info.MetadataToken);
                writer.WriteByte(field.Closure is null ? ValueField : ClosureField);
                if (field.Closure is not null)
                    writer.WriteLength(layouts.IndexOf(field.Closure));
            }
        }
    }

    public static ClosureLayout Read(ref PayloadReader reader, Type root)
    {
        var layouts = new ClosureLayout?[reader.ReadCount()];
        if (layouts.Length == 0)
            throw new FormatException("The payload has a closure without a layout.");
        layouts[0] = new ClosureLayout(root);
        for (var i = 0; i < layouts.Length; i++)
        {
            // A layout follows the layouts that refer to it, so its type is known here.
            var layout = layouts[i] ?? throw new FormatException("The payload has a closure layout that nothing refers to.");
            layout.Fields = new Field[reader.ReadCount()];
            for (var j = 0; j < layout.Fields.Length; j++)
                layout.Fields[j] = ReadField(ref reader, layout.Type, layouts);
        }

        return layouts[0]!;
    }

    private static Field ReadField(ref PayloadReader reader, Type type, ClosureLayout?[] layouts)
    {
        var token = reader.ReadInt32();
        var info = FindField(type, token);
        if (reader.ReadByte() == ValueField)
            return new Field(info, null);
        var index = reader.ReadLength();
        if ((uint)index >= (uint)layouts.Length || !ClosureClass.HoldsCaptures(info.FieldType))
            throw new FormatException($"The payload's layout of {TypeName.Of(type)} does not fit its field {info.Name}.");
        var closure = layouts[index] ??= new ClosureLayout(info.FieldType);
        return closure.Type == info.FieldType
            ? new Field(info, closure)
            : throw new FormatException($"The payload's layout of {TypeName.Of(type)} does not fit its field {info.Name}.");
    }

    private static FieldInfo FindField(Type type, int token)
    {
        foreach (var field in type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic))
        {
            if (field.MetadataToken == token)
                return field;
        }

        throw new FormatException($"{TypeName.Of(type)} has no field with token {token:x8}.");
    }

    /// <summary>A field that is sent: a captured variable, or the closure of the enclosing scope.</summary>
    public readonly record struct Field(FieldInfo Info, ClosureLayout? Closure);
}
