using static Handler.Platform.LibC;

namespace Handler.Platform;

/// <summary>
/// Tells whether this process locks all its memory (<c>mlockall</c>), either its present memory or memory that it will map. The limit on
/// locked memory is small, so later jobs would be refused threads and memory.
/// </summary>
internal sealed unsafe class MemoryLocks
{
    private readonly nuint size = (nuint)Environment.SystemPageSize;
    private readonly void* page;

    public MemoryLocks() => page = Map(null, 0);

    /// <summary>
    /// The kernel does not report a lock on future memory, so a page is mapped. A locked page cannot be discarded; that reveals the lock.
    /// </summary>
    public bool Any()
    {
        if ((nint)page == -1)
            return false; // the system refused this when the worker started
        return IsLocked() || (nint)Map(page, MAP_FIXED) == -1 || IsLocked();
    }

    private bool IsLocked() => MAdvise(page, size, MADV_DONTNEED) != 0;

    private void* Map(void* address, int flags) => MMap(address, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
}
