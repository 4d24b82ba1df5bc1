using System.Text.RegularExpressions;

namespace Handler.Tests;

/// <summary>The layout of the libraries: a newcomer finds a type by the names of folders and files.</summary>
public sealed partial class LayoutTests
{
    private const int MostTypesPerFolder = 15;
    private const int MostTestFilesPerFolder = 15;

    private static readonly string All = Path.Combine(Solution.Folder, "src");
    private static readonly string Tests = Path.Combine(Solution.Folder, "test");
    private static readonly string Core = Path.Combine(All, "Handler.Core");

    public static TheoryData<string> Folders
        => [.. AllSources().Select(path => Path.GetRelativePath(All, Path.GetDirectoryName(path)!)).Distinct()];

    public static TheoryData<string> TestFolders
        => [.. SourcesIn(Tests).Select(path => Path.GetRelativePath(Tests, Path.GetDirectoryName(path)!)).Distinct()];

    [Theory]
    [MemberData(nameof(Folders))]
    public void A_folder_has_at_most_15_types(string folder)
        => Assert.InRange(
            AllSources().Where(path => Path.GetRelativePath(All, Path.GetDirectoryName(path)!) == folder).Select(TypeOf).Distinct().Count(),
            1,
            MostTypesPerFolder);

    [Theory]
    [MemberData(nameof(TestFolders))]
    public void A_folder_of_tests_has_at_most_15_files(string folder)
        => Assert.InRange(Directory.EnumerateFiles(Path.Combine(Tests, folder), "*.cs").Count(), 1, MostTestFilesPerFolder);

    /// <summary>
    /// A type is in one file. Only a class and its generic namesake are in two, <c>Name.cs</c> and <c>Name.Generic.cs</c>: a partial class
    /// would be a folder whose files share all private members.
    /// </summary>
    [Fact]
    public void No_type_is_spread_over_files()
        => Assert.All(
            AllSources().Select(Path.GetFileNameWithoutExtension),
            static name => Assert.True(!name!.Contains('.') || name.EndsWith(".Generic", StringComparison.Ordinal), name));

    [Fact]
    public void A_file_is_named_after_the_type_that_it_declares()
        => Assert.All(
            AllSources().Where(static path => TypeOf(path) is not ("Program" or "AssemblyInfo")),
            static path => Assert.Equal(
                [TypeOf(path)],
                TypesIn(path).Where(type => type == TypeOf(path) || type != ConverterOf(TypeOf(path)))));

    /// <summary>The types that a file declares, apart from those that they contain.</summary>
    private static IEnumerable<string> TypesIn(string path)
        => Types().Matches(File.ReadAllText(path)).Select(static match => match.Groups[1].Value).Distinct();

    /// <summary>A message and its converter are in one file.</summary>
    private static string ConverterOf(string type) => Regex.Replace(type, "Wire$", "Converter");

    /// <summary>The public API is left out: everything uses it, and its entry points start the code behind it.</summary>
    [Fact]
    public void Folders_have_no_circular_dependencies()
    {
        var uses = Sources()
            .Select(path => (Folder: FolderOf(path), Text: File.ReadAllText(path)))
            .Where(source => source.Folder != "Api")
            .SelectMany(source => Usings().Matches(source.Text).Select(match => (source.Folder, Used: match.Groups[1].Value)))
            .Where(pair => pair.Folder != pair.Used && Directory.Exists(Path.Combine(Core, pair.Used)))
            .ToLookup(pair => pair.Folder, pair => pair.Used);
        Assert.NotEmpty(uses);
        foreach (var folder in uses.Select(group => group.Key))
            Assert.DoesNotContain(folder, Reachable(folder, uses));
    }

    private static HashSet<string> Reachable(string from, ILookup<string, string> uses)
    {
        var reached = new HashSet<string>();
        var left = new Stack<string>(uses[from]);
        while (left.TryPop(out var next))
        {
            if (reached.Add(next))
            {
                foreach (var used in uses[next])
                    left.Push(used);
            }
        }

        return reached;
    }

    private static IEnumerable<string> Sources()
        => AllSources().Where(static path => path.StartsWith(Core + Path.DirectorySeparatorChar, StringComparison.Ordinal));

    private static IEnumerable<string> AllSources() => SourcesIn(All);

    private static IEnumerable<string> SourcesIn(string root)
        => Directory
            .EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
            .Where(static path => !path.Split(Path.DirectorySeparatorChar).Any(static folder => folder is "bin" or "obj"));

    private static string FolderOf(string path) => Path.GetRelativePath(Core, path).Split(Path.DirectorySeparatorChar)[0];

    /// <summary><c>Name.Generic.cs</c> belongs to <c>Name</c>.</summary>
    private static string TypeOf(string path) => Path.GetFileName(path).Split('.')[0];

    [GeneratedRegex(@"(?m)^(?:\w+ )*(?:class|record|record struct|struct|interface|enum) (\w+)")]
    private static partial Regex Types();

    [GeneratedRegex(@"(?m)^using Handler\.(\w+);$")]
    private static partial Regex Usings();
}
