using System.Formats.Tar;
using System.IO.Compression;
using System.Runtime.InteropServices;

namespace Handler.BadJobs;

/// <summary>Functions that use files of others without reading or writing them. Each returns the ways that worked.</summary>
public static unsafe partial class FileIntruders
{
    private const int Here = -100; // AT_FDCWD
    private const int Same = -1;
    private const uint GetFlags = 0x80086601, SetFlags = 0x40086602;
    private const int SetLease = 1024, ReadLease = 0, Notify = 1026, Created = 4;

    private static readonly bool IsArm = RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    /// <summary>Sets attributes of a file to what they are, where that is possible.</summary>
    public static string[] ChangeAttributes(string file)
    {
        var mode = File.GetUnixFileMode(file);
        var written = File.GetLastWriteTimeUtc(file);
        using var handle = File.OpenHandle(file);
        var fd = (int)handle.DangerousGetHandle();
        return Of(
            ("mode", () => File.SetUnixFileMode(file, mode)),
            ("mode by descriptor", () => File.SetUnixFileMode(handle, mode)),
            ("mode by a newer call", () => Check(ChangeMode(452, Here, file, (int)mode, 0))),
            ("owner", () => Check(ChangeOwner(file, Same, Same))),
            ("owner of a link", () => Check(ChangeOwnerOfLink(file, Same, Same))),
            ("owner by descriptor", () => Check(ChangeOwnerOf(fd, Same, Same))),
            ("times", () => File.SetLastWriteTimeUtc(file, written)),
            ("times by descriptor", () => File.SetLastWriteTimeUtc(handle, written)),
            ("set attribute", () => Check(SetAttribute(file, "user.handler", "x", 1, 0))),
            ("get attribute", () => Check(GetAttribute(file, "user.handler", null, 0))),
            ("list attributes", () => Check(ListAttributes(file, null, 0))),
            ("remove attribute", () => Check(RemoveAttribute(file, "user.handler"))),
            ("flags", () => ChangeFlags(fd)),
            ("lease", () => Check(Control(fd, SetLease, ReadLease))));
    }

    /// <summary>Watches a folder.</summary>
    public static string[] Watch(string folder)
    {
        var fd = Open(Path.GetTempPath(), 0);
        var ways = Of(
            ("watcher", () => new FileSystemWatcher(folder) { EnableRaisingEvents = true }.Dispose()),
            ("new watch", () => Check((int)Call(IsArm ? 26 : 294, 0))),
            ("old watch", () => Check(Control(fd, Notify, Created))));
        _ = NativeCalls.Close(fd);
        return ways;
    }

    /// <summary>Usual code that copies, moves, packs and locks files, in the folder for temporary files.</summary>
    /// <returns>Where it failed; nothing if it did not.</returns>
    public static string[] UseOwnFiles()
    {
        var folder = Directory.CreateTempSubdirectory().FullName;
        string Of(string name) => Path.Combine(folder, name);
        var steps = new (string Name, Action Step)[]
        {
            ("write", () => File.WriteAllText(Of("a"), "text")),
            ("copy", () => File.Copy(Of("a"), Of("b"))),
            ("copy over", () => File.Copy(Of("a"), Of("b"), overwrite: true)),
            ("move", () => File.Move(Of("b"), Of("c"))),
            ("replace", () => File.Replace(Of("c"), Of("a"), Of("backup"))),
            ("temporary name", () => File.Delete(Path.GetTempFileName())),
            ("mode at creation", () => new FileStream(Of("d"), new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
                PreallocationSize = 4096,
            }).Dispose()),
            ("lock", () => File.Open(Of("e"), FileMode.Create, FileAccess.ReadWrite, FileShare.None).Dispose()),
            ("pack", () =>
            {
                Directory.CreateDirectory(Of("files"));
                File.WriteAllText(Of("files/x"), "x");
                ZipFile.CreateFromDirectory(Of("files"), Of("zip"));
            }),
            ("unpack", () => ZipFile.ExtractToDirectory(Of("zip"), Of("unpacked"))),
            ("pack as tar", () => TarFile.CreateFromDirectory(Of("files"), Of("tar"), includeBaseDirectory: true)),
            ("unpack tar", () => TarFile.ExtractToDirectory(Of("tar"), Directory.CreateDirectory(Of("from tar")).FullName, false)),
            ("map", () =>
            {
                using var map = System.IO.MemoryMappedFiles.MemoryMappedFile.CreateNew(null, 4096);
                using var view = map.CreateViewAccessor();
                view.Write(0, 1);
            }),
            ("list", () => _ = new DirectoryInfo(folder).GetFileSystemInfos()),
            ("remove", () => Directory.Delete(folder, recursive: true)),
        };
        var failed = new List<string>();
        foreach (var (name, step) in steps)
        {
            try
            {
                step();
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                failed.Add($"{name}: {exception.Message}");
            }
        }

        return [.. failed];
    }

    /// <summary>Reserves space on the disk without making a file longer.</summary>
    /// <returns>The bytes that were reserved.</returns>
    public static long ReserveSpace(long bytes)
    {
        const int KeepSize = 1;
        using var handle = File.OpenHandle(Path.Combine(Path.GetTempPath(), "reserved"), FileMode.Create, FileAccess.Write);
        var number = IsArm ? 47 : 285;
        return Allocate(number, (int)handle.DangerousGetHandle(), KeepSize, 0, (nint)bytes) == 0 ? bytes : 0;
    }

    private static void ChangeFlags(int fd)
    {
        long flags = 0;
        _ = Control(fd, GetFlags, &flags);
        Check(Control(fd, SetFlags, &flags));
    }

    private static string[] Of(params (string Name, Action Way)[] ways)
        => [.. ways.Where(static way => Works(way.Way)).Select(static way => way.Name)];

    private static bool Works(Action way)
    {
        try
        {
            way();
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>A call that failed for another reason than a missing right has worked, as far as rights go.</summary>
    private static void Check(nint result)
    {
        if (result < 0 && Marshal.GetLastPInvokeError() is 1 or 13 or 38) // EPERM, EACCES, ENOSYS
            throw new UnauthorizedAccessException();
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint ChangeMode(nint number, nint folder, string path, nint mode, nint flags);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint Allocate(nint number, nint fd, nint mode, nint offset, nint length);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint Call(nint number, nint a);

    [LibraryImport("libc", EntryPoint = "chown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeOwner(string path, int user, int group);

    [LibraryImport("libc", EntryPoint = "lchown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeOwnerOfLink(string path, int user, int group);

    [LibraryImport("libc", EntryPoint = "fchown", SetLastError = true)]
    private static partial int ChangeOwnerOf(int fd, int user, int group);

    [LibraryImport("libc", EntryPoint = "setxattr", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetAttribute(string path, string name, string value, nint size, int flags);

    [LibraryImport("libc", EntryPoint = "getxattr", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint GetAttribute(string path, string name, byte* value, nint size);

    [LibraryImport("libc", EntryPoint = "listxattr", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint ListAttributes(string path, byte* names, nint size);

    [LibraryImport("libc", EntryPoint = "removexattr", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int RemoveAttribute(string path, string name);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Control(int fd, int command, nint argument);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Control(int fd, nuint command, long* argument);
}
