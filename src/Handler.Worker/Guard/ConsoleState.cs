using System.Reflection;

namespace Handler.Guard;

/// <summary>
/// Restores the console after a job has set its own readers, writers or encodings. The console creates its default ones on first use; once
/// they are cleared, it creates them again.
/// </summary>
internal sealed class ConsoleState
{
    private readonly NewAssemblies newAssemblies = new();
    private FieldInfo? output, error, input, outputEncoding, inputEncoding, outputIsSet, errorIsSet, wrapped;

    /// <summary>The names of fields that this runtime does not have.</summary>
    public static IEnumerable<string> Unknown()
    {
        var state = new ConsoleState();
        state.Find(typeof(Console));
        FieldInfo?[] fields =
        [
            state.output,
            state.error,
            state.input,
            state.outputEncoding,
            state.inputEncoding,
            state.outputIsSet,
            state.errorIsSet,
            WrappedBy(Console.Out),
            NewLine,
        ];
        return fields.Select((field, i) => (field, i)).Where(each => each.field is null).Select(each => $"the console's field {each.i}");
    }

    private static readonly FieldInfo? NewLine = typeof(TextWriter).GetField("CoreNewLine", BindingFlags.Instance | BindingFlags.NonPublic);

    /// <summary>Whether this environment variable determines the console's encodings.</summary>
    public static bool DependsOn(string variable) => variable is "LC_ALL" or "LC_MESSAGES" or "LANG";

    /// <summary>Makes the console choose its encodings again.</summary>
    public void Forget() => Clear(outputEncoding, inputEncoding, output, error, input);

    /// <returns>Whether something was restored.</returns>
    public bool Restore()
    {
        if (newAssemblies.Take() && output is null)
            Find(
                AppDomain
                    .CurrentDomain.GetAssemblies()
                    .FirstOrDefault(assembly => assembly.GetName().Name == "System.Console")
                    ?.GetType("System.Console"));
        if (output is null)
            return false;
        var restored = false;
        if (IsForeign(outputEncoding) || IsForeign(inputEncoding))
        {
            Forget();
            restored = true;
        }

        if (outputIsSet?.GetValue(null) is true)
            restored = Reset(output, outputIsSet);
        if (errorIsSet?.GetValue(null) is true)
            restored = Reset(error, errorIsSet);
        if (EndsLinesOtherwise(output) || EndsLinesOtherwise(error))
        {
            Clear(output, error);
            restored = true;
        }

        if (input?.GetValue(null) is not null)
            Clear(input); // its owner is unknown, and it is seldom used
        return restored;
    }

    private void Find(Type? console)
    {
        output = Field("s_out");
        error = Field("s_error");
        input = Field("s_in");
        outputEncoding = Field("s_outputEncoding");
        inputEncoding = Field("s_inputEncoding");
        outputIsSet = Field("s_isOutTextWriterRedirected");
        errorIsSet = Field("s_isErrorTextWriterRedirected");

        FieldInfo? Field(string name) => console?.GetField(name, BindingFlags.Static | BindingFlags.NonPublic);
    }

    /// <summary>The console wraps an encoding that it determines itself.</summary>
    private static bool IsForeign(FieldInfo? encoding)
        => encoding?.GetValue(null) is { } value && value.GetType().Name != "ConsoleEncoding";

    /// <summary>
    /// Whether a job has set NewLine on the console's own writer. Reads the field of the wrapped writer, because the property takes a lock
    /// that a job may still hold.
    /// </summary>
    private bool EndsLinesOtherwise(FieldInfo? writer)
        => writer?.GetValue(null) is { } value
        && (wrapped ??= WrappedBy(value))?.GetValue(value) is TextWriter inner
        && NewLine?.GetValue(inner) is char[] end
        && !end.AsSpan().SequenceEqual(Environment.NewLine);

    private static FieldInfo? WrappedBy(object writer) => writer.GetType().GetField("_out", BindingFlags.Instance | BindingFlags.NonPublic);

    private static bool Reset(FieldInfo? writer, FieldInfo isSet)
    {
        writer?.SetValue(null, null);
        isSet.SetValue(null, false);
        return true;
    }

    private static void Clear(params ReadOnlySpan<FieldInfo?> fields)
    {
        foreach (var field in fields)
            field?.SetValue(null, null);
    }
}
