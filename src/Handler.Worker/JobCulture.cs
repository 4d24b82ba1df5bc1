using System.Globalization;
using Handler.Wire;

namespace Handler;

/// <summary>The culture in which jobs run: that of the host's code when it started the node, by its name.</summary>
internal static class JobCulture
{
    /// <summary>
    /// Sets it for all threads. It also uses it once, so that a worker without the data for cultures ends here, where its start fails with what it wrote, and not in each job.
    /// </summary>
    /// <returns>What could not be done, or <see langword="null"/>.</returns>
    public static string? Apply(WorkerSetup setup)
    {
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

        _ = CultureInfo.CurrentCulture.CompareInfo.Compare("a", "B", CompareOptions.IgnoreCase);
        return null;
    }
}
