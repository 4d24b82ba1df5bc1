using Handler.Nodes;

namespace Handler.Tests.Nodes;

/// <summary>Which files of the host count as native libraries, which restricted workers may read.</summary>
public sealed class WorkerFilesTests
{
    [Theory]
    [InlineData("/usr/lib/libssl.so", true)]
    [InlineData("/usr/lib/libssl.so.3", true)]
    [InlineData("/opt/acme/libicudata.so.74.2", true)]
    [InlineData("/opt/acme/libpython3.11.so.1.0", true)]
    [InlineData("/srv/acme.software/customers.db", false)]
    [InlineData("/srv/acme.so/customers.db", false)]
    [InlineData("/srv/acme.so.1", true)]
    [InlineData("/srv/settings.so.json", false)]
    [InlineData("/srv/settings.so.1.json", false)]
    [InlineData("/srv/settings.so.", false)]
    [InlineData("/srv/settings.so1", false)]
    [InlineData("/srv/.so", false)]
    public void A_library_is_known_by_its_name(string path, bool isLibrary) => Assert.Equal(isLibrary, WorkerFiles.IsLibrary(path));
}
