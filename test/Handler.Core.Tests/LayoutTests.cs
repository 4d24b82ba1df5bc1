using System.Text.RegularExpressions;

namespace Handler.Tests;

/// <summary>The layout of the libraries: a newcomer finds a type by the names of folders and files.</summary>
public sealed partial class LayoutTests
{
    private const int MostTypesPerFolder = 15;
    private const int MostTestFilesPerFolder = 15;
    private const int DeepestFolder = 6;

    private static readonly string All = Path.Combine(Solution.Folder, "src");
    private static readonly string Tests = Path.Combine(Solution.Folder, "test");
    private static readonly string CoreTests = Path.Combine(Tests, "Handler.Core.Tests");

    /// <summary>What the build adds to the sources.</summary>
    private static readonly (string Path, string Text) Generated
        = ("Handler.Worker/Functions/HandlerAssemblies.cs",
            "namespace Handler.Functions; static class HandlerAssemblies { public static string[] Names; }");

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

    /// <summary>The tests of Handler.Worker are in the folder Worker. Support holds what the tests share.</summary>
    [Fact]
    public void Each_folder_of_tests_has_the_name_of_a_folder_of_the_code()
        => Assert.All(
            Directory.EnumerateDirectories(CoreTests, "*", SearchOption.AllDirectories)
                .Where(static folder => Directory.EnumerateFiles(folder, "*.cs").Any())
                .Select(static folder => Path.GetRelativePath(CoreTests, folder))
                .Where(static folder => folder.Split(Path.DirectorySeparatorChar)[0] is not ("bin" or "obj" or "Support")),
            static folder => Assert.True(
                Directory.Exists(
                    folder.StartsWith("Worker", StringComparison.Ordinal)
                        ? Path.Combine(All, "Handler." + folder)
                        : Path.Combine(All, "Handler.Core", folder)),
                folder));

    /// <summary>
    /// A type is in one file. Only a class and its generic namesake are in two, <c>Name.cs</c> and <c>Name.Generic.cs</c>: a partial class
    /// would be a folder whose files share all private members.
    /// </summary>
    [Fact]
    public void No_type_is_spread_over_files()
        => Assert.All(
            AllSources().Select(Path.GetFileNameWithoutExtension),
            static name => Assert.True(!name!.Contains('.') || name.EndsWith(".Generic", StringComparison.Ordinal), name));

    /// <summary>
    /// The files of all projects. Two kinds declare several types: fixtures, which are the values of tests, and the files that list which
    /// contracts a kind of handler fulfils.
    /// </summary>
    [Theory]
    [InlineData("src")]
    [InlineData("test")]
    [InlineData("bench")]
    [InlineData("samples")]
    public void A_file_is_named_after_the_type_that_it_declares(string folder)
        => Assert.All(
            SourcesIn(Path.Combine(Solution.Folder, folder))
                .Where(static path => TypeOf(path) is not ("Program" or "AssemblyInfo" or "GlobalUsings"))
                .Where(static path => !ManyTypes().IsMatch(TypeOf(path))),
            static path => Assert.Equal(
                [TypeOf(path)],
                TypesIn(path).Where(type => type == TypeOf(path) || type != ConverterOf(TypeOf(path)))));

    /// <summary>The types that a file declares, apart from those that they contain.</summary>
    private static IEnumerable<string> TypesIn(string path)
        => Types().Matches(File.ReadAllText(path)).Select(static match => match.Groups[1].Value).Distinct();

    /// <summary>A message and its converter are in one file.</summary>
    private static string ConverterOf(string type) => Regex.Replace(type, "Wire$", "Converter");

    /// <summary>
    /// All folders of all libraries. For each depth, a folder at that depth counts together with all folders below it, and a folder above
    /// it counts by itself.
    /// </summary>
    [Fact]
    public void Folders_have_no_circular_dependencies()
    {
        var libraries = new FolderDependencies(
            [.. AllSources().Select(static path => (Path.GetRelativePath(All, path), File.ReadAllText(path))), Generated]);
        Assert.Empty(libraries.Unresolved(static path => path.Split('/')[0] is "Handler.Core" or "Handler.Worker"));
        Assert.Contains("Handler.Core/Pools/Books", libraries.ReachedFrom("Handler.Core/Pools/Activation"));
        Assert.Contains("Handler.Grains/Nodes", libraries.ReachedFrom("Handler.Grains"));
        for (var depth = 1; depth <= DeepestFolder; depth++)
        {
            var circular = libraries.Circular(depth);
            Assert.True(circular.Count == 0, string.Join(Environment.NewLine, circular));
        }
    }

    private static IEnumerable<string> AllSources() => SourcesIn(All);

    private static IEnumerable<string> SourcesIn(string root)
        => Directory
            .EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
            .Where(static path => !path.Split(Path.DirectorySeparatorChar).Any(static folder => folder is "bin" or "obj"));

    /// <summary><c>Name.Generic.cs</c> belongs to <c>Name</c>.</summary>
    private static string TypeOf(string path) => Path.GetFileName(path).Split('.')[0];

    [GeneratedRegex(@"(?m)^(?!file )(?:\w+ )*(?:class|record|record struct|struct|interface|enum) (\w+)")]
    private static partial Regex Types();

    [GeneratedRegex("Fixtures$|ContractTests$")]
    private static partial Regex ManyTypes();
}
