using Handler.Platform;

namespace Handler.Tests;

/// <summary>A test of strict isolation, which needs a recent kernel. It is skipped elsewhere.</summary>
internal sealed class LandlockFactAttribute : FactAttribute
{
    public LandlockFactAttribute() => Skip = Landlock.WhyNot(Landlock.ForProcesses);
}
