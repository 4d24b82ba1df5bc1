using Handler;
using Handler.Platform;

/// <summary>
/// Makes a worker of an application that brought its own runtime: the runtime calls this before the application's Main, which then
/// never runs. The runtime looks for a type of this name, outside any namespace, in the assembly that the variable names.
/// </summary>
internal static unsafe class StartupHook
{
    public const string Variable = "DOTNET_STARTUP_HOOKS";

    public static void Initialize()
    {
        // What a job starts is no worker.
        Environment.SetEnvironmentVariable(Variable, null);
        fixed (byte* name = "DOTNET_STARTUP_HOOKS\0"u8)
            _ = LibC.UnsetEnv(name);
        Environment.Exit(Program.Main());
    }
}
