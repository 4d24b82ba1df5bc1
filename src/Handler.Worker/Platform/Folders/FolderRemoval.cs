using System.Text;
using static Handler.Platform.LibC;

namespace Handler.Platform;

/// <summary>
/// Removes a folder that a job has filled. The job may have made it as deep or as long as it liked, taken rights from its folders, and left
/// a process that exchanges folders for links while this runs. So nothing here follows a link, and each file is named relative to the open
/// descriptor of its folder. Folders are moved to the top before they are emptied, so depth costs neither descriptors nor stack.
/// </summary>
internal static unsafe class FolderRemoval
{
    private const int RemoveDirectory = 0x200; // AT_REMOVEDIR
    private const int AtEmptyPath = 0x1000;
    private const int OwnerOffset = 20; // of struct statx
    private const int LengthAt = 16, NameAt = 19; // of struct linux_dirent64
    private const int ListBytes = 32 << 10;
    private const int AllRights = 0x1c0; // 0700

    /// <summary>A process that escaped its worker's end may add files as fast as they are removed.</summary>
    private const int MaxEntries = 1 << 22;

    /// <returns>Whether the folder is gone.</returns>
    public static bool TryRemove(string path)
    {
        int parent;
        fixed (byte* bytes = Bytes(Path.GetDirectoryName(path) ?? "/"))
            parent = Open(bytes, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (parent < 0)
            return false;
        var name = Bytes(Path.GetFileName(path));
        var top = OpenFolder(parent, name);
        if (top >= 0)
        {
            Empty(top);
            _ = Close(top);
        }

        bool removed;
        fixed (byte* bytes = name)
            removed = UnlinkAt(parent, bytes, RemoveDirectory) == 0;
        _ = Close(parent);
        return removed;
    }

    /// <summary>The user that owns an open file.</summary>
    public static uint? OwnerOf(int fd)
    {
        var file = stackalloc byte[256];
        var nothing = (byte)0;
        return Statx(fd, &nothing, AtEmptyPath, StatxBasic, file) == 0 ? *(uint*)(file + OwnerOffset) : null;
    }

    /// <summary>Repeats until nothing is left, or nothing more can be removed.</summary>
    private static void Empty(int top)
    {
        var entries = 0;
        var before = -1;
        while (entries > before && entries < MaxEntries)
        {
            before = entries;
            foreach (var name in List(top))
            {
                if (Remove(top, name))
                    entries++;
                else
                    EmptyIntoTop(top, name, ref entries);
            }
        }
    }

    /// <summary>Removes a folder's files, moves its folders to the top, and removes it.</summary>
    /// <param name="top">The folder to move to.</param>
    /// <param name="name">The name, in the top folder, of the folder to empty.</param>
    /// <param name="entries">Counts what is removed or moved.</param>
    private static void EmptyIntoTop(int top, byte[] name, ref int entries)
    {
        var folder = OpenFolder(top, name);
        if (folder < 0)
            return;
        var before = -1;
        while (entries > before && entries < MaxEntries)
        {
            before = entries;
            foreach (var each in List(folder))
            {
                if (Remove(folder, each) || MoveToTop(folder, each, top))
                    entries++;
            }
        }

        _ = Close(folder);
        if (Remove(top, name))
            entries++;
    }

    private static bool MoveToTop(int folder, byte[] name, int top)
    {
        var opened = OpenFolder(folder, name); // gives it the rights that moving requires
        if (opened < 0)
            return false;
        _ = Close(opened);
        fixed (byte* from = name, to = Bytes(Guid.NewGuid().ToString("N")))
            return RenameAt(folder, from, top, to) == 0;
    }

    private static bool Remove(int folder, byte[] name)
    {
        fixed (byte* bytes = name)
            return UnlinkAt(folder, bytes, 0) == 0 || UnlinkAt(folder, bytes, RemoveDirectory) == 0;
    }

    /// <summary>Opens a folder after giving its owner all rights to it. Does not follow a link.</summary>
    private static int OpenFolder(int folder, byte[] name)
    {
        int found, opened;
        fixed (byte* bytes = name)
            found = OpenAt(folder, bytes, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (found < 0)
            return -1;
        fixed (byte* self = Bytes($"/proc/self/fd/{found}"), here = Bytes("."))
        {
            _ = ChangeMode(self, AllRights);
            opened = OpenAt(found, here, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        }

        _ = Close(found);
        return opened;
    }

    /// <summary>Some of the names in a folder, as the system has them: they need not be text.</summary>
    private static List<byte[]> List(int folder)
    {
        var names = new List<byte[]>();
        var buffer = new byte[ListBytes];
        _ = Seek(folder, 0, 0);
        fixed (byte* bytes = buffer)
        {
            var length = (int)SysCall(SysGetDirectoryEntries, folder, (nint)bytes, ListBytes, 0);
            for (var at = 0; at < length; at += *(ushort*)(bytes + at + LengthAt))
            {
                var name = new ReadOnlySpan<byte>(bytes + at + NameAt, length - at - NameAt);
                name = name[..(name.IndexOf((byte)0) + 1)];
                if (!name.SequenceEqual(".\0"u8) && !name.SequenceEqual("..\0"u8))
                    names.Add(name.ToArray());
            }
        }

        return names;
    }

    private static byte[] Bytes(string path) => Encoding.UTF8.GetBytes(path + '\0');
}
