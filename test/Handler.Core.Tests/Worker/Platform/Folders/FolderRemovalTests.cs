using System.Runtime.Versioning;
using System.Text;
using Handler.Platform;

namespace Handler.Tests.Platform;

/// <summary>The removal of folders that a job has filled.</summary>
[SupportedOSPlatform("linux")]
public sealed class FolderRemovalTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_folder_is_removed_with_all_that_is_in_it()
    {
        var top = folder.File("top");
        for (var i = 0; i < 2000; i++) // more names than one look lists
        {
            var one = Directory.CreateDirectory(Path.Combine(top, $"folder-{i % 100}", $"inner-{i}"));
            File.WriteAllText(Path.Combine(one.FullName, new string('x', 200)), "");
        }

        Assert.True(FolderRemoval.TryRemove(top));
        Assert.False(Directory.Exists(top));
    }

    [Fact]
    public unsafe void A_folder_is_removed_however_deep_it_is_and_whatever_its_names_are()
    {
        var name = new string('x', 200);
        for (var i = 0; i < 300; i++) // the path of the innermost folder becomes far longer than a path may be
        {
            Directory.CreateDirectory(folder.File("next"));
            if (i > 0)
                Directory.Move(folder.File("top"), Path.Combine(folder.File("next"), name));
            Directory.Move(folder.File("next"), folder.File("top"));
        }

        fixed (byte* odd = (byte[])[.. Encoding.UTF8.GetBytes(folder.File("top/")), 0xff, (byte)'\n', 0])
            Assert.Equal(0, LibC.MakeDirectory(odd, 0x1ff));
        Assert.True(FolderRemoval.TryRemove(folder.File("top")));
        Assert.False(Directory.Exists(folder.File("top")));
    }

    [Fact]
    public void What_a_link_refers_to_stays()
    {
        var kept = Directory.CreateDirectory(folder.File("kept"));
        File.WriteAllText(Path.Combine(kept.FullName, "file"), "");
        var inner = Directory.CreateDirectory(Path.Combine(folder.File("top"), "inner"));
        Directory.CreateSymbolicLink(Path.Combine(inner.FullName, "link"), kept.FullName);
        Directory.CreateSymbolicLink(Path.Combine(folder.File("top"), "link"), kept.FullName);
        Assert.True(FolderRemoval.TryRemove(folder.File("top")));
        Assert.True(File.Exists(Path.Combine(kept.FullName, "file")));
        Directory.CreateSymbolicLink(folder.File("top"), kept.FullName);
        Assert.False(FolderRemoval.TryRemove(folder.File("top")));
        Assert.True(File.Exists(Path.Combine(kept.FullName, "file")));
    }

    [Fact]
    public void A_folder_without_rights_for_its_owner_is_removed()
    {
        var inner = Directory.CreateDirectory(Path.Combine(folder.File("top"), "middle", "inner"));
        File.WriteAllText(Path.Combine(inner.FullName, "file"), "");
        for (var each = inner; each.FullName != folder.Path; each = each.Parent!)
            File.SetUnixFileMode(each.FullName, UnixFileMode.None);
        Assert.True(FolderRemoval.TryRemove(folder.File("top")));
    }

    [Fact]
    public void Neither_a_missing_folder_nor_a_file_is_removed()
    {
        File.WriteAllText(folder.File("file"), "");
        Assert.False(FolderRemoval.TryRemove(folder.File("missing")));
        Assert.False(FolderRemoval.TryRemove(folder.File("file")));
        Assert.True(File.Exists(folder.File("file")));
    }
}
