using Handler;
using Handler.Platform;

/// <summary>
/// Turns a process of an application that ships its own runtime into a worker. The runtime calls this before the application's Main, which
/// then never runs. The runtime looks for a type with this name, outside any namespace, in the assembly that the variable names.
/// </summary>
internal static unsafe class StartupHook
{
    public const string Variable = "DOTNET_STARTUP_HOOKS";

    public static void Initialize()
    {
        // Processes that a job starts are not workers.
        Environment.SetEnvironmentVariable(Variable, null);
        fixed (byte* name = "DOTNET_STARTUP_HOOKS\0"u8)
            _ = LibC.UnsetEnv(name);
        Environment.Exit(Program.Main());
    }
}
