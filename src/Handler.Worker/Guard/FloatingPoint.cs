using System.Runtime.CompilerServices;

namespace Handler.Guard;

/// <summary>
/// Whether the thread calculates as .NET expects. Native code can change the processor's rounding mode and make it treat the smallest
/// numbers as zero. Determined from the results of calculations.
/// </summary>
internal static class FloatingPoint
{
    private const double Step = 1.0 / (1L << 52); // from 1 to the next number

    /// <summary>The check takes some nanoseconds.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static bool RoundsAsUsual()
        => Add(1, Step / 4) == 1 // does not round up
            && Add(1, Step * 3 / 4) > 1; // rounds neither down nor towards zero

    /// <summary>The same for the smallest (subnormal) numbers, which processors handle slowly.</summary>
    public static bool KeepsSmallNumbers() => Multiply(double.Epsilon * 4, 0.5) > 0;

    // Not inlined: the compiler would evaluate the expressions itself.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static double Add(double a, double b) => a + b;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static double Multiply(double a, double b) => a * b;
}
