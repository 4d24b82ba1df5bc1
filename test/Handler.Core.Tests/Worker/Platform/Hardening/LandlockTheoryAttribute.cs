using Handler.Platform;

namespace Handler.Tests;

/// <summary>As <see cref="LandlockFactAttribute"/>, for several cases.</summary>
internal sealed class LandlockTheoryAttribute : TheoryAttribute
{
    public LandlockTheoryAttribute() => Skip = Landlock.WhyNot(Landlock.ForProcesses);
}
