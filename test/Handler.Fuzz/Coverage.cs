using System.Numerics;
using System.Runtime.InteropServices;
using SharpFuzz.Common;

namespace Handler.Fuzz;

/// <summary>
/// Records which branches the instrumented assemblies took, and how often, in the classes 1, 2, 3, 4 to 7, 8 to 15 and so on.
/// </summary>
internal sealed unsafe class Coverage
{
    private const int Size = 1 << 16;

    private readonly byte* map = (byte*)NativeMemory.AllocZeroed(Size);
    private readonly byte[] seen = new byte[Size];

    public Coverage() => Trace.SharedMem = map;

    /// <summary>The number of branches taken so far.</summary>
    public int Count { get; private set; }

    /// <summary>Clears the path of the last input.</summary>
    public void Begin()
    {
        new Span<byte>(map, Size).Clear();
        Trace.PrevLocation = 0;
    }

    /// <summary>Returns whether the path since <see cref="Begin"/> contains something new, and records it as seen.</summary>
    public bool AddNews()
    {
        var isNew = false;
        var words = new Span<ulong>(map, Size / sizeof(ulong));
        for (var word = 0; word < words.Length; word++)
        {
            if (words[word] == 0)
                continue;
            for (var i = word * sizeof(ulong); i < (word + 1) * sizeof(ulong); i++)
            {
                if (map[i] == 0)
                    continue;
                var bit = (byte)(1 << ClassOf(map[i]));
                if ((seen[i] & bit) != 0)
                    continue;
                Count += seen[i] == 0 ? 1 : 0;
                seen[i] |= bit;
                isNew = true;
            }
        }

        return isNew;
    }

    private static int ClassOf(byte count) => count switch
    {
        <= 3 => count - 1,
        < 8 => 3,
        _ => BitOperations.Log2(count) + 1 is var high && high > 7 ? 7 : high,
    };
}
