using System.Runtime.ExceptionServices;

namespace Handler.Guard;

/// <summary>
/// Notes when a static initializer fails, also where the job catches it: its type is unusable for good, for every later job of the process.
/// </summary>
internal sealed class FailedInitializers
{
    private TypeInitializationException? first;

    public FailedInitializers() => AppDomain.CurrentDomain.FirstChanceException += Note;

    /// <summary>The name of a type whose initializer has failed; <see langword="null"/> if none has.</summary>
    public string? Find() => first is { } failed ? $"the static initializer of {failed.TypeName} failed" : null;

    public bool Any => first is not null;

    // On any thread, and where memory is short the arguments may be null. Nothing here may allocate.
    private void Note(object? sender, FirstChanceExceptionEventArgs? e)
    {
        if (e?.Exception is TypeInitializationException failed)
            first ??= failed;
    }
}
