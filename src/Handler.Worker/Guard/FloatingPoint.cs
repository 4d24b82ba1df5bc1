using System.Runtime.CompilerServices;

namespace Handler.Guard;

/// <summary>Whether the thread calculates as .NET expects: native code can change how the processor rounds, and that it takes the smallest numbers for zero. Told from what calculations come to.</summary>
internal static class FloatingPoint
{
    private const double Step = 1.0 / (1L << 52); // from 1 to the next number

    /// <summary>To tell takes some nanoseconds.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static bool RoundsAsUsual()
        => Add(1, Step / 4) == 1 // not upwards
            && Add(1, Step * 3 / 4) > 1; // neither downwards nor towards zero

    /// <summary>The same for the smallest numbers, with which processors calculate slowly.</summary>
    public static bool KeepsSmallNumbers() => Multiply(double.Epsilon * 4, 0.5) > 0;

    // Not inlined: the compiler would calculate them itself.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static double Add(double a, double b) => a + b;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static double Multiply(double a, double b) => a * b;
}
