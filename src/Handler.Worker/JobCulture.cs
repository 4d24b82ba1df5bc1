using System.Globalization;
using Handler.Wire;

namespace Handler;

/// <summary>The culture in which jobs run: the culture that the host's code had when it started the node, identified by name.</summary>
internal static class JobCulture
{
    private static Thread? loading;

    /// <summary>
    /// Loads the culture data on a separate thread. This takes some milliseconds, during which the start does other work.
    /// </summary>
    public static void StartLoading()
    {
        try
        {
            loading = new Thread(Use, 256 << 10) { IsBackground = true };
            loading.UnsafeStart();
        }
        catch (Exception exception) when (exception is OutOfMemoryException or ThreadStartException)
        {
            loading = null; // the data is loaded on first use
        }
    }

    /// <summary>
    /// Sets the culture for all threads and uses it once. A worker without culture data therefore exits here, where the start fails with
    /// the worker's message, and not in each job.
    /// </summary>
    /// <returns>A text that says what failed, or <see langword="null"/>.</returns>
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
