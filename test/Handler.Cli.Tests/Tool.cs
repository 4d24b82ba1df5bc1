namespace Handler.Cli.Tests;

/// <summary>Runs the <c>handler</c> command.</summary>
internal static class Tool
{
    public static Task<(int Code, string Output, string Errors)> RunAsync(params string[] arguments)
        => Command.TryAsync(
            Environment.ProcessPath!,
            AppContext.BaseDirectory,
            ["exec", Path.Combine(AppContext.BaseDirectory, "handler.dll"), .. arguments]);
}
