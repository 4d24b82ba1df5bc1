using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Handler.Hosting;

/// <summary>Finds the sections of an application's configuration that options are read from.</summary>
internal static class HandlerSections
{
    /// <summary>The section of the handler without a name, and of a silo.</summary>
    public const string Usual = nameof(Handler);

    /// <summary>
    /// Says that the application gives a section for some options, so that they are not read from their usual one. Of a whole
    /// configuration it is the usual section.
    /// </summary>
    /// <returns>The section, which the caller reads and whose errors it reports.</returns>
    public static GivenSection GiveSection<TOptions>(
        this IServiceCollection services, IConfiguration configuration, string handler = "", string usual = Usual)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var named = configuration as IConfigurationSection;
        var given = new GivenSection(typeof(TOptions), handler, named ?? configuration.GetSection(usual), named is not null);
        services.AddSingleton(given);
        return given;
    }

    /// <summary>The sections that the application gives for some options.</summary>
    public static List<IConfigurationSection> GivenSectionsOf<TOptions>(this IServiceProvider services, string handler = "")
        => [.. from given in services.GetServices<GivenSection>()
               where given.Options == typeof(TOptions) && given.Handler == handler
               select given.Section];

    /// <summary>
    /// The usual section of some options; <see langword="null"/> if the application gives another one or has no configuration. A handler
    /// with a name has no usual section.
    /// </summary>
    public static IConfigurationSection? UsualSectionOf<TOptions>(this IServiceProvider services, string handler = "", string usual = Usual)
        => handler.Length == 0 && services.GivenSectionsOf<TOptions>().Count == 0
            ? services.GetService<IConfiguration>()?.GetSection(usual)
            : null;

    /// <summary>Says that other code reads these keys in the section of the options.</summary>
    public static IServiceCollection AddKeysReadElsewhere<TOptions>(this IServiceCollection services, params IReadOnlyList<string> keys)
        => services.AddSingleton(new KeysReadElsewhere(typeof(TOptions), keys));

    /// <summary>The keys that other code reads in the section of the options.</summary>
    public static List<string> OtherKeysOf<TOptions>(this IServiceProvider services)
        => [.. services.GetServices<KeysReadElsewhere>().Where(each => each.Options == typeof(TOptions)).SelectMany(each => each.Keys)];
}
