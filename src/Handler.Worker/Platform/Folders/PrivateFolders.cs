using System.Runtime.InteropServices;
using System.Text;
using static Handler.Platform.LibC;

namespace Handler.Platform;

/// <summary>
/// The private temporary folders of a node's workers. They are in one folder of the node, which is made with the first of them, and which
/// the node keeps locked. The kernel removes the lock when the node's process ends, however it ends, so the next node that makes a folder
/// at the same place knows which folders nobody owns any more, and removes them. A folder's name cannot be guessed: what Landlock does not
/// control, such as changes of a folder's rights, needs its name.
/// </summary>
/// <param name="place">The folder in which the node's folder is made.</param>
internal sealed unsafe class PrivateFolders(string place)
{
    public const string Prefix = "handler-tmp-";

    private const int LockNow = 2 | 4; // LOCK_EX | LOCK_NB
    private const int Attempts = 10;
    private const int ModeToPass = 0x1c9; // 0711: another user may reach its own folder in it, and list nothing
    private const int PrivateMode = 0x1c0; // 0700

    private readonly Lock gate = new();
    private readonly Lock removal = new();
    private string? folder;
    private int locked = -1;
    private bool closed;

    /// <summary>Makes a folder.</summary>
    /// <param name="user">The user and group that owns it; <see langword="null"/> for this process's own.</param>
    /// <returns>Its path. Only its owner may enter it.</returns>
    /// <exception cref="IOException">The system refused.</exception>
    public string New(int? user)
    {
        string path;
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(closed, this);
            folder ??= Open();
            path = $"{folder}/{Guid.NewGuid():N}";
        }

        fixed (byte* bytes = Bytes(path))
        {
            if (MakeDirectory(bytes, PrivateMode) != 0 || (user is { } owner && ChangeOwner(bytes, (uint)owner, (uint)owner) != 0))
                throw Refused("making", path);
        }

        return path;
    }

    /// <summary>Removes the folder of a worker that has exited. What cannot be removed is removed with the node's folder.</summary>
    public void Remove(string path)
    {
        lock (removal)
            _ = FolderRemoval.TryRemove(path);
    }

    /// <summary>Removes the node's folder. What cannot be removed is left to a later node.</summary>
    public void Close()
    {
        lock (gate)
        {
            closed = true;
            if (folder is null)
                return;
            Remove(folder);
            _ = LibC.Close(locked);
            folder = null;
        }
    }

    private string Open()
    {
        RemoveAbandoned();
        for (var i = 0; i < Attempts; i++)
        {
            var path = $"{place}/{Prefix}{Guid.NewGuid():N}";
            fixed (byte* bytes = Bytes(path))
            {
                if (MakeDirectory(bytes, PrivateMode) != 0 || ChangeMode(bytes, ModeToPass) != 0)
                    throw Refused("making", path);
            }

            locked = OpenLocked(path);
            if (locked >= 0 && Directory.Exists(path))
                return path; // otherwise a starting node took it for abandoned before it was locked
            _ = LibC.Close(locked);
        }

        throw new IOException($"HandlerOptions.Hardening.PrivateTemporaryFolder: other processes remove the folders made in {place}.");
    }

    private void RemoveAbandoned()
    {
        foreach (var path in Candidates())
        {
            var abandoned = OpenLocked(path);
            if (abandoned < 0)
                continue; // a live node has it, or it is another user's
            _ = FolderRemoval.TryRemove(path);
            _ = LibC.Close(abandoned);
        }
    }

    private string[] Candidates()
    {
        try
        {
            return Directory.GetDirectories(place, Prefix + "*");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new IOException(
                $"HandlerOptions.Hardening.PrivateTemporaryFolder: listing {place} failed: {exception.Message}", exception);
        }
    }

    /// <returns>A descriptor that holds the lock; -1 if another process holds it or the folder is not this user's.</returns>
    private static int OpenLocked(string path)
    {
        int opened;
        fixed (byte* bytes = Bytes(path))
            opened = LibC.Open(bytes, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (opened < 0 || (FolderRemoval.OwnerOf(opened) == GetEffectiveUser() && FileLock(opened, LockNow) == 0))
            return opened;
        _ = LibC.Close(opened);
        return -1;
    }

    private static byte[] Bytes(string path) => Encoding.UTF8.GetBytes(path + '\0');

    private static IOException Refused(string what, string path)
        => new($"HandlerOptions.Hardening.PrivateTemporaryFolder: {what} {path} failed: {Marshal.GetLastPInvokeErrorMessage()}.");
}
