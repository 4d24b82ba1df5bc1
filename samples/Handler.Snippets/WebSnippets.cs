namespace Handler.Snippets;

internal static class WebSnippets
{
    public static void Run(string[] args)
    {
        #region web
        var builder = WebApplication.CreateBuilder(args);
        builder.Services.AddHandler(); // reads the section "Handler"

        var app = builder.Build();
        app.MapGet("/fibonacci/{n}", async (int n, IHandler handler, CancellationToken cancellationToken) =>
        {
            var outcome = await handler.GetPool("customers").RunAsync(
                () => Fibonacci(n),
                new JobOptions { Timeout = TimeSpan.FromSeconds(2), MaxHeapBytes = 50 << 20 },
                cancellationToken);
            return outcome.Failure switch
            {
                null => Results.Ok(outcome.GetValueOrThrow()),
                JobTimedOut or JobOutOfMemory => Results.Problem(outcome.Message, statusCode: 422),
                JobRejected => Results.Problem(outcome.Message, statusCode: 503),
                _ => Results.Problem(outcome.Message, statusCode: 500),
            };
        });
        app.Run();

        static long Fibonacci(int n) => n < 2 ? n : Fibonacci(n - 1) + Fibonacci(n - 2);
        #endregion
    }
}
