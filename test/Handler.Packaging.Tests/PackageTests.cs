using System.IO.Compression;
using System.Xml.Linq;

namespace Handler.Packaging.Tests;

[Collection(nameof(PackedFeed))]
public sealed class PackageTests(PackedFeed feed)
{
    public static TheoryData<string> Packages => [.. PackedFeed.Packages];

    public static TheoryData<string> Libraries => [.. PackedFeed.Packages.Where(package => package != "Handler.Cli")];

    [Theory]
    [MemberData(nameof(Libraries))]
    public void A_library_comes_with_its_documentation_and_symbols(string id)
    {
        using var package = Open(id);
        using var symbols = ZipFile.OpenRead(Path.Combine(feed.Feed, $"{id}.{feed.Version}.snupkg"));
        Assert.Contains($"lib/net10.0/{id}.dll", FilesOf(package));
        Assert.Contains($"lib/net10.0/{id}.xml", FilesOf(package));
        Assert.Contains($"lib/net10.0/{id}.pdb", FilesOf(symbols));
    }

    [Theory]
    [MemberData(nameof(Libraries))]
    public void A_library_brings_nothing_that_belongs_to_a_program(string id)
    {
        using var package = Open(id);
        Assert.Equal(
            [$"lib/net10.0/{id}.dll", $"lib/net10.0/{id}.xml"],
            FilesOf(package).Where(static file => file.StartsWith("lib/", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_tool_comes_with_the_documentation_and_symbols_of_its_assemblies()
    {
        using var package = Open("Handler.Cli");
        using var symbols = ZipFile.OpenRead(Path.Combine(feed.Feed, $"Handler.Cli.{feed.Version}.snupkg"));
        Assert.All(["handler", "Handler.Core", "Handler.Worker"], assembly =>
        {
            Assert.Contains($"tools/net10.0/any/{assembly}.dll", FilesOf(package));
            Assert.Contains($"tools/net10.0/any/{assembly}.xml", FilesOf(package));
            Assert.Contains($"tools/net10.0/any/{assembly}.pdb", FilesOf(package).Concat(FilesOf(symbols)));
        });
    }

    [Theory]
    [MemberData(nameof(Packages))]
    public void A_package_comes_with_readme_license_and_description(string id)
    {
        using var package = Open(id);
        var files = FilesOf(package);
        Assert.Contains("README.md", files);
        Assert.Contains("LICENSE", files);
        var metadata = MetadataOf(package, id);
        Assert.Equal("MIT", Text(metadata, "license"));
        Assert.Equal("README.md", Text(metadata, "readme"));
        Assert.NotEqual("", Text(metadata, "description"));
        Assert.NotEqual("", Text(metadata, "tags"));
    }

    [Theory]
    [MemberData(nameof(Packages))]
    public void A_package_names_the_commit_that_it_was_built_from(string id)
    {
        using var package = Open(id);
        var repository = MetadataOf(package, id).Elements().Single(element => element.Name.LocalName == "repository");
        Assert.Equal("git", repository.Attribute("type")?.Value);
        Assert.Matches("^[0-9a-f]{40}$", repository.Attribute("commit")?.Value);
    }

    /// <summary>A page about a package is not next to the files of the repository.</summary>
    [Theory]
    [MemberData(nameof(Packages))]
    public void The_readme_of_a_package_has_no_relative_links(string id)
    {
        using var package = Open(id);
        using var readme = new StreamReader(package.GetEntry("README.md")!.Open());
        var text = readme.ReadToEnd();
        Assert.Contains("isolated, warm worker process", text, StringComparison.Ordinal);
        Assert.DoesNotMatch(@"\]\((?!https?:)", text);
    }

    /// <summary>The packages use each other's internals.</summary>
    [Theory]
    [MemberData(nameof(Packages))]
    public void Packages_require_each_others_exact_version(string id)
    {
        using var package = Open(id);
        var own = Dependencies(package, id).Where(dependency => dependency.Id.StartsWith("Handler.", StringComparison.Ordinal)).ToList();
        Assert.Equal(id is not ("Handler.Worker" or "Handler.Tls" or "Handler.Cli"), own.Count > 0);
        Assert.All(own, dependency => Assert.Equal($"[{feed.Version}]", dependency.Version));
    }

    [Fact]
    public void The_worker_depends_on_nothing()
    {
        using var package = Open("Handler.Worker");
        Assert.Empty(Dependencies(package, "Handler.Worker"));
    }

    [Fact]
    public void The_core_depends_on_its_worker_and_on_the_lowest_versions_of_Microsoft_Extensions()
    {
        using var package = Open("Handler.Core");
        var dependencies = Dependencies(package, "Handler.Core");
        Assert.Equal(1, dependencies.RemoveAll(dependency => dependency.Id == "Handler.Worker"));
        Assert.NotEmpty(dependencies);
        Assert.All(dependencies, dependency => Assert.StartsWith("Microsoft.Extensions.", dependency.Id, StringComparison.Ordinal));
        Assert.All(dependencies, dependency => Assert.Equal("10.0.0", dependency.Version));
    }

    private static List<string> FilesOf(ZipArchive package) => [.. package.Entries.Select(entry => entry.FullName)];

    private static string Text(XElement metadata, string name)
        => metadata.Elements().FirstOrDefault(element => element.Name.LocalName == name)?.Value ?? "";

    private static XElement MetadataOf(ZipArchive package, string id)
    {
        using var nuspec = package.GetEntry(id + ".nuspec")!.Open();
        return XDocument.Load(nuspec).Root!.Elements().Single(element => element.Name.LocalName == "metadata");
    }

    private static List<(string Id, string Version)> Dependencies(ZipArchive package, string id)
        => [
            .. MetadataOf(package, id)
                .Descendants()
                .Where(element => element.Name.LocalName == "dependency")
                .Select(element => (element.Attribute("id")!.Value, element.Attribute("version")!.Value)),
        ];

    private ZipArchive Open(string id) => ZipFile.OpenRead(Path.Combine(feed.Feed, $"{id}.{feed.Version}.nupkg"));
}
