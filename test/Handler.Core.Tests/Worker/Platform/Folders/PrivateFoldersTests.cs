using System.Runtime.Versioning;
using Handler.Platform;

namespace Handler.Tests.Platform;

/// <summary>The private temporary folders of workers.</summary>
[SupportedOSPlatform("linux")]
public sealed class PrivateFoldersTests : IDisposable
{
    private const UnixFileMode OfItsOwner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly TemporaryFolder place = new();

    public void Dispose() => place.Dispose();

    [Fact]
    public void Each_worker_has_a_folder_that_only_its_user_may_enter()
    {
        var folders = new PrivateFolders(place.Path);
        var (first, second) = (folders.New(user: null), folders.New(user: null));
        Assert.NotEqual(first, second);
        Assert.All((string[])[first, second], static each => Assert.True(Guid.TryParse(Path.GetFileName(each), out _), each));
        Assert.Equal(OfItsOwner, File.GetUnixFileMode(first));
        folders.Remove(first);
        Assert.Equal((false, true), (Directory.Exists(first), Directory.Exists(second)));
        folders.Close();
        Assert.Empty(Directory.EnumerateFileSystemEntries(place.Path));
        Assert.Throws<ObjectDisposedException>(() => folders.New(user: null));
    }

    [Fact]
    public void Nothing_is_made_for_a_node_whose_workers_never_start()
    {
        new PrivateFolders(place.Path).Close();
        Assert.Empty(Directory.EnumerateFileSystemEntries(place.Path));
    }

    [Fact]
    public void A_node_removes_the_folders_that_no_live_node_owns_and_no_others()
    {
        var abandoned = Directory.CreateDirectory(place.File(PrivateFolders.Prefix + "abandoned"));
        File.WriteAllText(Path.Combine(abandoned.CreateSubdirectory("worker-1").FullName, "file"), "");
        var other = Directory.CreateDirectory(place.File("other"));
        var linked = Directory.CreateSymbolicLink(place.File(PrivateFolders.Prefix + "link"), other.FullName);
        var live = new PrivateFolders(place.Path);
        var ofLive = live.New(user: null);
        Assert.False(Directory.Exists(abandoned.FullName));
        var next = new PrivateFolders(place.Path);
        _ = next.New(user: null);
        Assert.True(Directory.Exists(ofLive));
        Assert.True(Directory.Exists(other.FullName) && linked.Exists);
        live.Close();
        next.Close();
    }

    [Fact]
    public void A_place_that_cannot_be_used_is_named_with_the_option()
    {
        File.WriteAllText(place.File("file"), "");
        var exception = Assert.ThrowsAny<IOException>(() => new PrivateFolders(place.File("file")).New(user: null));
        Assert.Contains("Hardening.PrivateTemporaryFolder", exception.Message);
        Assert.Contains(place.File("file"), exception.Message);
    }
}
