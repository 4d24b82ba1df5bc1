using static Handler.WorkerTuning.Texts;

namespace Handler.Functions;

/// <summary>Finds the names that an unknown name may have been meant for.</summary>
internal static class NameSuggestions
{
    /// <summary>
    /// The known name that differs least, if it begins with the unknown one or differs by so little that it was probably meant.
    /// </summary>
    public static string? Nearest(string name, IEnumerable<string> known)
    {
        string? nearest = null;
        var least = (name.Length / 3) + 2; // one more than the largest distance that counts
        foreach (var candidate in known)
        {
            var isBeginning = name.Length > 2 && candidate.StartsWith(name, StringComparison.OrdinalIgnoreCase);
            if ((isBeginning ? 1 : Distance(name, candidate)) is var distance && distance < least)
                (nearest, least) = (candidate, distance);
        }

        return nearest;
    }

    /// <summary>The message for a function that is not registered.</summary>
    public static string UnknownFunction(string name, IEnumerable<string> known)
    {
        var names = new List<string>(known);
        if (names.Count == 0)
            return $"No function is registered as \"{Excerpt.OfName(name)}\"; this worker knows no registered functions. "
                + $"Mark a static method with [JobFunction(\"{Excerpt.OfName(name)}\")] or call AddFunction.";
        names.Sort((x, y) =>
        {
            var nearer = Distance(name, x).CompareTo(Distance(name, y));
            return nearer != 0 ? nearer : string.CompareOrdinal(x, y);
        });
        var list = string.Join(", ", names.GetRange(0, Math.Min(Suggestions, names.Count)).ConvertAll(known => $"\"{known}\""));
        var more = names.Count > Suggestions ? $" and {names.Count - Suggestions} more" : "";
        return $"No function is registered as \"{Excerpt.OfName(name)}\". The nearest names: {list}{more}.";
    }

    /// <summary>The number of letters that must be added, removed or changed.</summary>
    private static int Distance(string left, string right)
    {
        var row = new int[right.Length + 1];
        for (var j = 0; j < row.Length; j++)
            row[j] = j;
        for (var i = 0; i < left.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i + 1;
            for (var j = 0; j < right.Length; j++)
            {
                var change = diagonal + (char.ToUpperInvariant(left[i]) == char.ToUpperInvariant(right[j]) ? 0 : 1);
                diagonal = row[j + 1];
                row[j + 1] = Math.Min(change, Math.Min(row[j], row[j + 1]) + 1);
            }
        }

        return row[^1];
    }
}
