using System.Text.Json;
using System.Text.RegularExpressions;

namespace Handler.Functions;

/// <summary>
/// Regular expressions: pattern, options and timeout. Reading one creates an object and matches nothing. The host, which creates those that
/// jobs return, compiles none, and creates none that could take long. Creating one with a short pattern takes milliseconds, with a long
/// pattern seconds, and without backtracking it can take minutes.
/// </summary>
internal static class RegexValues
{
    private const int MostChars = 64 << 10, MostCharsInResults = 4 << 10, MostCharsInResultsWithoutBacktracking = 256;

    public static (string, int, long) ToParts(Regex regex)
    {
        var (pattern, most) = (regex.ToString(), MostFor(regex.Options));
        return pattern.Length <= most
            ? (pattern, (int)regex.Options, regex.MatchTimeout.Ticks)
            : throw new NotSupportedException(
                $"The pattern of a Regex has {pattern.Length} characters; {Where(regex.Options)} it can be sent with up to {most}. "
                    + (CurrentJson.IsResult
                        ? "Return the pattern as a string, and make the Regex of it."
                        : "Capture the pattern as a string and make the Regex inside the function."));
    }

    public static Regex FromParts((string Pattern, int Options, long Timeout) parts)
    {
        var options = (RegexOptions)parts.Options;
        if (parts.Pattern is not { } pattern || pattern.Length > MostFor(options))
            throw new JsonException("The pattern is missing or too long.");
        if (CurrentJson.IsResult)
            options &= ~RegexOptions.Compiled;
        ReadBudget.Look();
        return new Regex(pattern, options, new TimeSpan(parts.Timeout));
    }

    private static int MostFor(RegexOptions options)
        => !CurrentJson.IsResult ? MostChars
            : (options & RegexOptions.NonBacktracking) == 0 ? MostCharsInResults
            : MostCharsInResultsWithoutBacktracking;

    private static string Where(RegexOptions options)
        => !CurrentJson.IsResult ? "as a captured variable"
        : (options & RegexOptions.NonBacktracking) == 0 ? "as a result"
        : "as a result with NonBacktracking";
}
