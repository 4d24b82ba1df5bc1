using System.Collections;
using System.Reflection;
using Handler.Platform;

namespace Handler.Guard;

/// <summary>
/// Restores, between jobs, process-wide state that a job can change with ordinary code: the working directory, environment variables,
/// values of <see cref="AppContext"/>, the exit code, the local time zone, the thread's activity id, the principal policy, and the
/// console's readers and writers.
/// </summary>
internal sealed unsafe class Surroundings
{
    private const int LongestPath = 4096;

    private readonly byte[] directory = CurrentDirectory();
    private readonly Dictionary<string, string?> variables = Variables();
    private readonly Dictionary<string, object?>? data = Data();
    private readonly Dictionary<string, object?> values;
    private readonly ConsoleState console = new();
    private readonly CachedSettings caches = new();
    private bool alert;

    public Surroundings() => values = new Dictionary<string, object?>(data ?? []);

    /// <summary>The values of <see cref="AppContext"/>; <see langword="null"/> if this runtime keeps them elsewhere.</summary>
    public static Dictionary<string, object?>? Data()
        => typeof(AppContext).GetField("s_dataStore", BindingFlags.Static | BindingFlags.NonPublic)?.GetValue(null)
        as Dictionary<string, object?>;

    /// <summary>Whether a job has changed some of it. The next job may do the same in less time than the threshold for a check.</summary>
    public bool Alert => alert;

    /// <summary>Restores the state that takes some microseconds to check.</summary>
    public void Restore()
    {
        if (!CurrentDirectory().AsSpan().SequenceEqual(directory))
            RestoreDirectory();
        if (Environment.ExitCode != 0)
            Environment.ExitCode = 0;
        RestoreValues();
        alert |= console.Restore();
        alert |= caches.Restore();
    }

    /// <summary>Restores the environment variables. Listing them takes about a microsecond for each.</summary>
    public void RestoreVariables()
    {
        var now = Variables();
        foreach (var (name, value) in now)
        {
            if (!variables.TryGetValue(name, out var fresh) || fresh != value)
                Set(name, fresh);
        }

        foreach (var (name, value) in variables)
        {
            if (!now.ContainsKey(name))
                Set(name, value);
        }

        void Set(string name, string? value)
        {
            Environment.SetEnvironmentVariable(name, value);
            alert = true;
            if (CachedSettings.DependsOn(name))
                caches.ClearTimeZone();
            if (ConsoleState.DependsOn(name))
                console.Forget();
        }
    }

    private void RestoreDirectory()
    {
        alert = true;
        fixed (byte* path = directory)
            _ = LibC.ChDir(path); // if the directory no longer exists, the change stays
    }

    private void RestoreValues()
    {
        List<string>? changed = null;
        foreach (var (name, value) in data ?? [])
        {
            // The guard sets and restores the GC's limit itself.
            if (name != HardLimit.Name && !Equals(value, values.GetValueOrDefault(name)))
                (changed ??= []).Add(name);
        }

        foreach (var name in changed ?? [])
        {
            AppContext.SetData(name, values.GetValueOrDefault(name));
            alert = true;
        }
    }

    /// <summary>Ends with a zero byte; empty if the directory no longer exists.</summary>
    private static byte[] CurrentDirectory()
    {
        var path = stackalloc byte[LongestPath];
        return LibC.GetCwd(path, LongestPath) == null
            ? []
            : new ReadOnlySpan<byte>(path, LongestPath)[..(new ReadOnlySpan<byte>(path, LongestPath).IndexOf((byte)0) + 1)].ToArray();
    }

    private static Dictionary<string, string?> Variables()
    {
        var variables = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (DictionaryEntry each in Environment.GetEnvironmentVariables())
            variables[(string)each.Key] = (string?)each.Value;
        return variables;
    }
}
