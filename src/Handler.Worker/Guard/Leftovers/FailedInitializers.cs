using System.Runtime.ExceptionServices;

namespace Handler.Guard;

/// <summary>
/// Records when a static initializer fails, even if the job catches the exception. The type stays unusable for every later job of the
/// process.
/// </summary>
internal sealed class FailedInitializers
{
    private TypeInitializationException? first;

    public FailedInitializers() => AppDomain.CurrentDomain.FirstChanceException += Note;

    /// <summary>The name of a type whose initializer has failed; <see langword="null"/> if there is none.</summary>
    public string? Find() => first is { } failed ? $"the static initializer of {failed.TypeName} failed" : null;

    public bool Any => first is not null;

    // Called on any thread. The arguments may be null when memory is short. Nothing here may allocate.
    private void Note(object? sender, FirstChanceExceptionEventArgs? e)
    {
        if (e?.Exception is TypeInitializationException failed)
            first ??= failed;
    }
}
