using System.Globalization;

namespace Handler.Abuse;

/// <summary>
/// The environment of jobs: the culture, the working directory, the host's memory. Also starts that must fail with a clear message.
/// </summary>
public sealed class JobSurroundings : IScenario
{
    /// <inheritdoc/>
    public Task RunAsync(string[] arguments) => arguments[0] switch
    {
        "culture" => ShowCulture(),
        "host culture" => ShowHostCulture(),
        "directory" => ShowDirectory(arguments[1], arguments[2]),
        "start" => Start(arguments[1..]),
        "protected" => ShowProtection(),
        var other => throw new ArgumentException(other),
    };

    private static async Task ShowCulture()
    {
        await using var handler = await EmbeddedHandler.StartAsync();
        Console.WriteLine((await handler.RunAsync(static () => $"{CultureInfo.CurrentCulture.Name} {1.5}")).GetValueOrThrow());
    }

    private static async Task ShowHostCulture()
    {
        CultureInfo.DefaultThreadCurrentCulture = CultureInfo.GetCultureInfo("de-DE");
        CultureInfo.DefaultThreadCurrentUICulture = CultureInfo.GetCultureInfo("fr-FR");
        await using var handler = await EmbeddedHandler.StartAsync();
        for (var i = 0; i < 2; i++)
        {
            Console.WriteLine((await handler.RunAsync(static () =>
            {
                var other = "";
                var thread = new Thread(() => other = CultureInfo.CurrentCulture.Name);
                thread.Start();
                thread.Join();
                return $"{CultureInfo.CurrentCulture.Name} {other} {1.5} {CultureInfo.CurrentUICulture.Name}";
            })).GetValueOrThrow());
        }
    }

    private static async Task ShowDirectory(string first, string second)
    {
        Environment.CurrentDirectory = first;
        await using var handler = await EmbeddedHandler.StartAsync(options => options.Recycling.MaxJobs = 1);
        Environment.CurrentDirectory = second;
        for (var i = 0; i < 3; i++)
            Console.WriteLine((await handler.RunAsync(static () => Environment.CurrentDirectory)).GetValueOrThrow());
        Directory.Delete(first);

        // Workers that were ready by then are still in the deleted directory. Each of them runs one more job; the order is not fixed.
        JobOutcome<string> outcome;
        do
        {
            outcome = await handler.RunAsync(static () => Environment.CurrentDirectory);
            Console.WriteLine(outcome.TryGetValue(out var folder) ? folder : "gone");
        }
        while (outcome.Failure is JobFailed);
    }

    /// <summary>
    /// Starts a handler with the given settings. Each is NAME=value: a hardening option, or an environment variable of the workers.
    /// </summary>
    private static async Task Start(string[] settings)
    {
        try
        {
            await using var handler = await EmbeddedHandler.StartAsync(options =>
            {
                foreach (var setting in settings)
                {
                    var (name, value) = (setting[..setting.IndexOf('=')], setting[(setting.IndexOf('=') + 1)..]);
                    if (name == nameof(HardeningOptions.UserId))
                        options.Hardening.UserId = int.Parse(value, CultureInfo.InvariantCulture);
                    else
                        options.WorkerEnvironment[name] = value;
                }
            });
            Console.WriteLine(
                (await handler.RunAsync(static () => $"{Environment.UserName} {Environment.GetEnvironmentVariable("HOME")}")).Message);
            Console.WriteLine("started");
        }
        catch (Exception exception) when (exception is WorkerStartException or PlatformNotSupportedException)
        {
            Console.WriteLine(exception.Message);
        }
    }

    private static async Task ShowProtection()
    {
        await using var handler = await EmbeddedHandler.StartAsync(options => options.Hardening.ProtectHost = true);
        var host = Environment.ProcessId;
        Console.WriteLine((await handler.RunAsync(() => File.ReadAllText($"/proc/{host}/environ").Length)).Message);
        Console.WriteLine((await handler.RunAsync(() => File.ReadAllText($"/proc/{host}/statm").Length > 0)).GetValueOrThrow());
        Console.WriteLine((await handler.RunAsync(static () => File.ReadAllText("/proc/self/maps").Length > 0)).GetValueOrThrow());
    }
}
