using Microsoft.Extensions.DependencyInjection;
using Orleans.Providers;
using Orleans.Storage;

namespace Handler.Grains.Pools;

/// <summary>The grain storage that Handler uses, with writes that tell whether another writer was first.</summary>
internal sealed class HandlerStorage
{
    private readonly IGrainStorage storage;

    /// <exception cref="InvalidOperationException">The silo has no grain storage.</exception>
    public HandlerStorage(IServiceProvider services)
    {
        storage = services.GetKeyedService<IGrainStorage>(HandlerSiloOptions.StorageName)
            ?? services.GetKeyedService<IGrainStorage>(ProviderConstants.DEFAULT_STORAGE_PROVIDER_NAME)
            ?? throw new InvalidOperationException(
                "Handler stores its pools in grain storage, and none is registered: "
                    + $"neither \"{HandlerSiloOptions.StorageName}\" nor the default one. "
                    + $"Call AddRedisGrainStorage(\"{HandlerSiloOptions.StorageName}\", …) on the silo builder, "
                    + $"or AddMemoryGrainStorage(\"{HandlerSiloOptions.StorageName}\") for a single silo.");
    }

    public async Task<Stored<T>> LoadAsync<T>(string name, GrainId grain)
        where T : class, new()
    {
        var state = new GrainState<T>(new T());
        await storage.ReadStateAsync(name, grain, state);
        return new Stored<T>(state.State ?? new T(), state.ETag, state.RecordExists);
    }

    /// <summary>
    /// Writes if the tag is still the stored one. Returns the new tag, or <see langword="null"/> if another writer was first.
    /// </summary>
    public async Task<string?> TrySaveAsync<T>(string name, GrainId grain, T value, string? tag)
        where T : class, new()
    {
        var state = new GrainState<T>(value, tag!) { RecordExists = tag is not null };
        try
        {
            await storage.WriteStateAsync(name, grain, state);
            return state.ETag
                ?? throw new InvalidOperationException("Handler needs grain storage that returns a tag (ETag) for what it has written.");
        }
        catch (InconsistentStateException)
        {
            return null;
        }
    }
}
