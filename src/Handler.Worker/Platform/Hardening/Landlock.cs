using System.Runtime.InteropServices;
using System.Text;
using static Handler.Platform.LibC;

namespace Handler.Platform;

/// <summary>
/// Landlock: a thread gives up access to files, and to processes that it did not start, permanently and for everything that it starts. It
/// needs no privileges. Whatever the rules are, a process that has some cannot trace a process outside, nor read its memory.
/// </summary>
internal static unsafe class Landlock
{
    /// <summary>The version from which on the kernel also controls that files are cut short: Linux 6.2.</summary>
    public const int ForFiles = 3;

    /// <summary>The version from which on the kernel controls signals and abstract Unix sockets: Linux 6.12.</summary>
    public const int ForProcesses = 6;

    private const int CreateRuleset = 444, AddRule = 445, RestrictSelf = 446;
    private const int AskVersion = 1, PathBeneath = 1;
    private const ulong AbstractSockets = 1, Signals = 2;
    private const ulong Execute = 1, WriteFile = 1 << 1, ReadFile = 1 << 2, ReadFolder = 1 << 3;
    private const ulong RemoveAndMake = 0x1ff0; // folders, files, devices, sockets, pipes, links
    private const ulong MakeDevices = (1 << 6) | (1 << 11);
    private const ulong Refer = 1 << 13, Truncate = 1 << 14, ControlDevice = 1 << 15;
    private const ulong Reads = Execute | ReadFile | ReadFolder;
    private const ulong Writes = WriteFile | RemoveAndMake | Truncate;
    private const ulong OfAFile = Execute | WriteFile | ReadFile | Truncate | ControlDevice;
    private const int VersionOfControlDevice = 5;

    private const int AtEmptyPath = 0x1000;
    private const int ModeOffset = 28; // of struct statx
    private const uint TypeMask = 0xf000, Folder = 0x4000;

    /// <summary>The kernel's <c>struct landlock_ruleset_attr</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Ruleset
    {
        public ulong Files;
        public ulong Network;
        public ulong Scopes;
    }

    /// <summary>The kernel's <c>struct landlock_path_beneath_attr</c>.</summary>
    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    private struct Beneath
    {
        public ulong Allowed;
        public int Path;
    }

    /// <summary>The version of this kernel's Landlock; 0 if there is none.</summary>
    public static int Version => Math.Max(0, (int)SysCall(CreateRuleset, 0, 0, AskVersion, 0));

    /// <summary>Why this kernel lacks what a version has, as the end of a sentence; <see langword="null"/> if it does not.</summary>
    public static string? WhyNot(int needed) => WhyNot(needed, Version);

    /// <inheritdoc cref="WhyNot(int)"/>
    /// <param name="needed">The version that is needed.</param>
    /// <param name="present">The kernel's version.</param>
    internal static string? WhyNot(int needed, int present)
    {
        if (present >= needed)
            return null;
        var linux = needed == ForProcesses ? "6.12" : "6.2";
        var has = present > 0 ? $"has ABI {present}" : "has no Landlock, or it is turned off (lsm= on the kernel's command line)";
        return $"it needs Landlock ABI {needed} (Linux {linux}), and this kernel ({Environment.OSVersion.Version}) {has}";
    }

    /// <summary>
    /// Restricts this thread and all that it starts. The thread must have given up the right to new privileges.
    /// </summary>
    /// <param name="files">The files that it may use; <see langword="null"/> for no restriction.</param>
    /// <param name="isolate">Whether it may not send signals to, nor connect to the abstract Unix sockets of, processes outside.</param>
    /// <exception cref="IOException">The kernel refused, or a path does not exist.</exception>
    public static void Restrict(FileRules? files, bool isolate)
    {
        if (files is null && !isolate)
            return;
        using var rules = Make(files, isolate);
        if (Apply(rules.Descriptor, procRights: 0) is { } why)
            throw new IOException($"HandlerOptions.Hardening: {why}.");
    }

    /// <inheritdoc cref="Restrict"/>
    /// <summary>Makes rules, which restrict nothing yet.</summary>
    public static LandlockRules Make(FileRules? files, bool isolate)
    {
        var ruleset = new Ruleset { Files = HandledBy(files), Scopes = isolate ? AbstractSockets | Signals : 0 };
        var size = isolate ? sizeof(Ruleset) : sizeof(ulong); // older kernels accept only the fields that they know
        var descriptor = (int)SysCall(CreateRuleset, (nint)(&ruleset), size, 0, 0);
        if (descriptor < 0)
            throw Refused("making the rules");
        var rules = new LandlockRules(descriptor, ruleset.Files & Reads);
        try
        {
            if (files is not null)
                AddAll(descriptor, files, ruleset.Files);
            return rules;
        }
        catch
        {
            rules.Dispose();
            throw;
        }
    }

    /// <summary>Restricts this thread and all that it starts.</summary>
    /// <param name="rules">The descriptor of the rules.</param>
    /// <param name="procRights">What is also allowed beneath <c>/proc</c>, if that was mounted after the rules were made.</param>
    /// <returns>Why the kernel refused; <see langword="null"/> if it did not.</returns>
    public static string? Apply(int rules, ulong procRights)
    {
        try
        {
            if (procRights != 0)
                Add(rules, new FileRule("/proc"), procRights);
            return SysCall(RestrictSelf, rules, 0, 0, 0) == 0 ? null : WhyRefused("applying the rules");
        }
        catch (IOException exception)
        {
            return exception.Message;
        }
    }

    /// <summary>
    /// Moving a file to another folder is denied by any rules that do not mention it, so it is always mentioned.
    /// </summary>
    private static ulong HandledBy(FileRules? files)
    {
        if (files is null)
            return 0;
        var writes = Version >= VersionOfControlDevice ? Writes | ControlDevice : Writes;
        return (files.RestrictReads ? Reads : 0) | (files.RestrictWrites ? writes : 0) | Refer;
    }

    private static void AddAll(int rules, FileRules files, ulong handled)
    {
        foreach (var rule in files.Allowed)
            Add(rules, rule, handled & (rule.MayWrite ? ~MakeDevices : Reads));
        if (!files.RestrictWrites)
            Add(rules, new FileRule("/"), Refer);
    }

    private static void Add(int rules, FileRule rule, ulong allowed)
    {
        int path;
        fixed (byte* bytes = Encoding.UTF8.GetBytes(rule.Path + '\0'))
            path = Open(bytes, O_PATH | O_CLOEXEC);
        if (path < 0)
        {
            if (rule.Option is not null)
                throw new IOException($"HandlerOptions.Hardening.{rule.Option}: {rule.Path} cannot be opened: {LastError()}.");
            return;
        }

        try
        {
            var beneath = new Beneath { Allowed = IsFolder(path) ? allowed : allowed & OfAFile, Path = path };
            if (beneath.Allowed != 0 && SysCall(AddRule, rules, PathBeneath, (nint)(&beneath), 0) != 0)
                throw Refused($"allowing {rule.Path}");
        }
        finally
        {
            _ = Close(path);
        }
    }

    private static bool IsFolder(int path)
    {
        var file = stackalloc byte[256];
        var nothing = (byte)0;
        return Statx(path, &nothing, AtEmptyPath, StatxBasic, file) == 0 && (*(ushort*)(file + ModeOffset) & TypeMask) == Folder;
    }

    private static IOException Refused(string what) => new($"HandlerOptions.Hardening: {WhyRefused(what)}.");

    private static string WhyRefused(string what)
        => $"the kernel refused Landlock rules for RestrictReads, RestrictWrites or IsolateProcesses ({what}: {LastError()})";
}
