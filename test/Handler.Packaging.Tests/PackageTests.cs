using System.IO.Compression;
using System.Xml.Linq;

namespace Handler.Packaging.Tests;

[Collection(nameof(PackedFeed))]
public sealed class PackageTests(PackedFeed feed)
{
    [Fact]
    public void The_package_holds_both_assemblies_with_their_documentation()
    {
        using var package = Open("Handler.Core");
        var files = package.Entries.Select(entry => entry.FullName).ToList();
        foreach (var name in (string[])["Handler.Core", "Handler.Worker"])
        {
            Assert.Contains($"lib/net10.0/{name}.dll", files);
            Assert.Contains($"lib/net10.0/{name}.xml", files);
        }

        Assert.Contains("README.md", files);
        Assert.Contains("LICENSE", files);
    }

    [Fact]
    public void The_package_depends_on_Microsoft_Extensions_only()
    {
        using var package = Open("Handler.Core");
        using var nuspec = package.GetEntry("Handler.Core.nuspec")!.Open();
        var dependencies = XDocument.Load(nuspec).Descendants().Where(element => element.Name.LocalName == "dependency").Select(element => element.Attribute("id")!.Value).ToList();
        Assert.NotEmpty(dependencies);
        Assert.All(dependencies, id => Assert.StartsWith("Microsoft.Extensions.", id, StringComparison.Ordinal));
    }

    private ZipArchive Open(string id) => ZipFile.OpenRead(Path.Combine(feed.Feed, $"{id}.{feed.Version}.nupkg"));
}
