using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Handler.Tests;

/// <summary>
/// Which folders of sources use each other. A folder uses another one if the code of one of its files names a type of the other, or a
/// member of that type. Comments and strings do not count, and neither do namespaces, which hide what a file really uses.
/// </summary>
internal sealed class FolderDependencies
{
    /// <summary>What the SDKs import into every file.</summary>
    private static readonly string[] Imports =
    [
        "System", "System.Collections.Generic", "System.IO", "System.Linq", "System.Threading", "System.Threading.Tasks",
        "Orleans", "Orleans.Hosting", "Orleans.Runtime",
    ];

    /// <summary>Names that the compiler does not find: no type, no variable, no member.</summary>
    private static readonly string[] NotFound = ["CS0103", "CS0117", "CS0234", "CS0246", "CS1061"];

    private static readonly CSharpParseOptions Latest = new(LanguageVersion.Latest);

    private readonly CSharpCompilation compilation;
    private readonly List<Use> uses;

    /// <param name="sources">The path and the text of each file.</param>
    public FolderDependencies(IEnumerable<(string Path, string Text)> sources)
    {
        // The entry point of a program that consists of statements only is left out: nothing can use it, and there may be only one.
        var files = sources
            .Select(static source => CSharpSyntaxTree.ParseText(source.Text, Latest, source.Path))
            .Where(static file => !file.GetCompilationUnitRoot().Members.Any(SyntaxKind.GlobalStatement))
            .ToList();
        var imports = CSharpSyntaxTree.ParseText(string.Concat(Imports.Select(static name => $"global using {name};\n")), Latest);
        compilation = CSharpCompilation.Create(
            "Sources",
            [.. files, imports],
            References(),
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true));
        uses = [.. files.SelectMany(UsesOf).Distinct()];
    }

    /// <summary>
    /// The uses that are part of a circle. First come those between folders with few uses: one of them probably closes the circle.
    /// </summary>
    /// <param name="depth">How deep folders are told apart: with 1, a folder and all folders in it count as one.</param>
    public IReadOnlyList<Use> Circular(int depth = int.MaxValue)
    {
        var next = Next(depth);
        var reached = next.ToDictionary(static folder => folder.Key, folder => Reached(folder.Key, next));
        return
        [
            .. from use in uses
               group use by (User: Cut(use.Folder, depth), Used: Cut(use.UsedFolder, depth)) into pair
               where pair.Key.User != pair.Key.Used && reached.GetValueOrDefault(pair.Key.Used)?.Contains(pair.Key.User) is true
               from use in pair
               orderby pair.Count(), use.ToString()
               select use,
        ];
    }

    /// <summary>The folders that a folder uses, directly or through others.</summary>
    public IReadOnlySet<string> ReachedFrom(string folder) => Reached(folder, Next(int.MaxValue));

    private ILookup<string, string> Next(int depth)
        => uses
            .Select(use => (From: Cut(use.Folder, depth), To: Cut(use.UsedFolder, depth)))
            .Where(static pair => pair.From != pair.To)
            .Distinct()
            .ToLookup(static pair => pair.From, static pair => pair.To);

    private static HashSet<string> Reached(string from, ILookup<string, string> next)
    {
        var reached = new HashSet<string>();
        var left = new Stack<string>(next[from]);
        while (left.TryPop(out var used))
        {
            if (!reached.Add(used))
                continue;
            foreach (var further in next[used])
                left.Push(further);
        }

        return reached;
    }

    private static string Cut(string folder, int depth) => string.Join('/', folder.Split('/').Take(depth));

    /// <summary>Names in these files that are not resolved, so that uses of other folders may be missing.</summary>
    public IEnumerable<string> Unresolved(Predicate<string> paths)
        => from error in compilation.GetDiagnostics()
           where NotFound.Contains(error.Id) && error.Location.SourceTree is { FilePath: { Length: > 0 } path } && paths(path)
           select error.ToString();

    private IEnumerable<Use> UsesOf(SyntaxTree file)
    {
        var model = compilation.GetSemanticModel(file);
        return from name in file.GetRoot().DescendantNodes().OfType<SimpleNameSyntax>()
               where name.FirstAncestorOrSelf<UsingDirectiveSyntax>() is null
               let info = model.GetSymbolInfo(name)
               from symbol in info.Symbol is { } only ? [only] : info.CandidateSymbols
               let type = TypeOf(symbol)
               where type is not null
               let path = type.DeclaringSyntaxReferences.FirstOrDefault()?.SyntaxTree.FilePath
               where path is not null && FolderOf(path) != FolderOf(file.FilePath)
               select new Use(FolderOf(file.FilePath), Path.GetFileName(file.FilePath), FolderOf(path), type.Name);
    }

    /// <summary>The outermost type that a name stands for or belongs to.</summary>
    private static INamedTypeSymbol? TypeOf(ISymbol symbol)
    {
        var type = symbol as INamedTypeSymbol ?? (symbol as IMethodSymbol)?.ReducedFrom?.ContainingType ?? symbol.ContainingType;
        while (type?.ContainingType is { } outer)
            type = outer;
        return type?.OriginalDefinition;
    }

    private static string FolderOf(string path) => Path.GetDirectoryName(path)!;

    /// <summary>The assemblies of the test without those that are compiled from the sources.</summary>
    private static IEnumerable<MetadataReference> References()
        => ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
            .Split(Path.PathSeparator)
            .Where(static path => !Path.GetFileName(path).StartsWith("Handler.", StringComparison.Ordinal))
            .Select(static path => MetadataReference.CreateFromFile(path));

    /// <summary>A file of a folder uses a type of another folder.</summary>
    internal sealed record Use(string Folder, string File, string UsedFolder, string Type)
    {
        public override string ToString() => $"{Folder} uses {UsedFolder}: {File} uses {Type}";
    }
}
