namespace Handler.Cli.Tests;

/// <summary>Runs the <c>handler</c> command.</summary>
internal static class Tool
{
    public static Task<(int Code, string Output, string Errors)> RunAsync(params string[] arguments) => RunAsync([], arguments);

    /// <param name="variables">Variables of its environment, as <c>NAME=value</c>.</param>
    /// <param name="arguments">Its arguments.</param>
    public static Task<(int Code, string Output, string Errors)> RunAsync(string[] variables, params string[] arguments)
        => Command.TryAsync(
            "env",
            AppContext.BaseDirectory,
            [.. variables, Environment.ProcessPath!, "exec", Path.Combine(AppContext.BaseDirectory, "handler.dll"), .. arguments]);
}
