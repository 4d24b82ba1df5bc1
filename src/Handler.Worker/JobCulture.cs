using System.Globalization;
using Handler.Wire;

namespace Handler;

/// <summary>The culture in which jobs run: that of the host's code when it started the node, by its name.</summary>
internal static class JobCulture
{
    private static Thread? loading;

    /// <summary>Loads the data for cultures on a thread of its own, which takes some milliseconds that the start has to do something else in.</summary>
    public static void StartLoading()
    {
        try
        {
            loading = new Thread(Use, 256 << 10) { IsBackground = true };
            loading.UnsafeStart();
        }
        catch (Exception exception) when (exception is OutOfMemoryException or ThreadStartException)
        {
            loading = null; // they are loaded when they are first used
        }
    }

    /// <summary>
    /// Sets it for all threads. It also uses it once, so that a worker without the data for cultures ends here, where its start fails with what it wrote, and not in each job.
    /// </summary>
    /// <returns>What could not be done, or <see langword="null"/>.</returns>
    public static string? Apply(WorkerSetup setup)
    {
        loading?.Join();
        loading = null;
        try
        {
            if (CultureInfo.CurrentCulture.Name != setup.Culture)
                CultureInfo.CurrentCulture = CultureInfo.DefaultThreadCurrentCulture = CultureInfo.GetCultureInfo(setup.Culture);
            if (CultureInfo.CurrentUICulture.Name != setup.UICulture)
                CultureInfo.CurrentUICulture = CultureInfo.DefaultThreadCurrentUICulture = CultureInfo.GetCultureInfo(setup.UICulture);
        }
        catch (CultureNotFoundException exception)
        {
            return $"the host's culture is not known in the worker: {exception.Message}";
        }

        Use();
        return null;
    }

    private static void Use() => _ = CultureInfo.CurrentCulture.CompareInfo.Compare("a", "B", CompareOptions.IgnoreCase);
}
