using System.Text.RegularExpressions;

namespace Handler.Demo.Jobs;

/// <summary>What a service does with an uploaded text.</summary>
internal static class TextJobs
{
    /// <summary>A real text, as it comes from a file: eight paragraphs, each on one long line.</summary>
    public static string ReadSample() => File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Data", "lighthouse.txt"));

    /// <summary>Counts words with a harmless expression.</summary>
    public static int CountWords(string text) => Regex.Count(text, @"[\w'-]+");

    /// <summary>
    /// Counts the paragraphs that are nothing but words, commas and full stops. The expression looks right and passes its author's
    /// test; on a long paragraph with a dash or a quotation mark in it, it tries every way to cut every word in two.
    /// </summary>
    public static int CountPlainParagraphs(string text) => Regex.Count(text, @"^(\w+[\s,.]*)+$", RegexOptions.Multiline);
}
