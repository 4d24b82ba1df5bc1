namespace Handler.Functions;

/// <summary>The first byte of a value in a payload. Part of the format: never renumber.</summary>
internal enum ValueKind : byte
{
    Null = 0,

    /// <summary>The length and the bytes from the job serializer.</summary>
    Serialized = 1,
    Boolean = 2,
    Byte = 3,
    SByte = 4,
    Int16 = 5,
    UInt16 = 6,
    Int32 = 7,
    UInt32 = 8,
    Int64 = 9,
    UInt64 = 10,
    Single = 11,
    Double = 12,
    Decimal = 13,
    Char = 14,
    Guid = 15,
    DateTime = 16,
    DateTimeOffset = 17,
    TimeSpan = 18,
    DateOnly = 19,
    TimeOnly = 20,

    /// <summary>UTF-8 with length.</summary>
    String = 21,

    /// <summary>UTF-16 with length: a string that is not well-formed Unicode, which UTF-8 cannot hold.</summary>
    RawString = 22,

    /// <summary>The length and the unchanged bytes.</summary>
    Bytes = 23,
    Type = 24,

    /// <summary>A type, then a value of that type. Used if the variable's declared type is less specific.</summary>
    Typed = 40,

    /// <summary>The number of an object earlier in the same payload.</summary>
    Reference = 41,

    /// <summary>A function reference, then its target.</summary>
    Delegate = 42,

    /// <summary>The captured variables of a scope, in the order of its layout.</summary>
    Closure = 43,

    /// <summary>A function value of F#: the version of its module, its class, then its fields in the order of their tokens.</summary>
    FunctionObject = 44,
}
