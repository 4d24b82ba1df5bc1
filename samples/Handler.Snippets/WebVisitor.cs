using System.Net;
using System.Net.Sockets;

namespace Handler.Snippets;

/// <summary>Runs the web application and asks it for a number that it can compute, and for one that it cannot.</summary>
internal static class WebVisitor
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static async Task VisitAsync()
    {
        var address = new Uri($"http://127.0.0.1:{FreePort()}");
        var application = Task.Run(() => WebSnippets.Run(["--urls", address.ToString(), "--contentRoot", AppContext.BaseDirectory]));
        using var client = new HttpClient { BaseAddress = address };
        await WaitUntilUpAsync(client, application);
        Console.WriteLine($"/fibonacci/20: {await client.GetStringAsync(new Uri("fibonacci/20", UriKind.Relative))}");
        using var endless = await client.GetAsync(new Uri("fibonacci/90", UriKind.Relative));
        Console.WriteLine($"/fibonacci/90: {(int)endless.StatusCode}");
    }

    private static async Task WaitUntilUpAsync(HttpClient client, Task application)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            try
            {
                using var response = await client.GetAsync(new Uri("/", UriKind.Relative), patience.Token);
                return;
            }
            catch (HttpRequestException) when (!application.IsCompleted)
            {
                await Task.Delay(50, patience.Token);
            }
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
