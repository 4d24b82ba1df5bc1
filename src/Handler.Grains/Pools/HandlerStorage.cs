using Microsoft.Extensions.DependencyInjection;
using Orleans.Providers;
using Orleans.Storage;

namespace Handler.Grains.Pools;

/// <summary>The grain storage that Handler uses, with writes that say whether somebody else was first.</summary>
internal sealed class HandlerStorage
{
    private readonly IGrainStorage storage;

    /// <exception cref="InvalidOperationException">The silo has no grain storage.</exception>
    public HandlerStorage(IServiceProvider services)
    {
        storage = services.GetKeyedService<IGrainStorage>(HandlerSiloOptions.StorageName)
            ?? services.GetKeyedService<IGrainStorage>(ProviderConstants.DEFAULT_STORAGE_PROVIDER_NAME)
            ?? throw new InvalidOperationException($"Handler keeps its pools in grain storage, and none is registered: neither \"{HandlerSiloOptions.StorageName}\" nor the default one. Call AddRedisGrainStorage(\"{HandlerSiloOptions.StorageName}\", …) on the silo builder, or AddMemoryGrainStorage(\"{HandlerSiloOptions.StorageName}\") where one silo is all.");
    }

    public async Task<Stored<T>> LoadAsync<T>(string name, GrainId grain)
        where T : class, new()
    {
        var state = new GrainState<T>(new T());
        await storage.ReadStateAsync(name, grain, state);
        return new Stored<T>(state.State ?? new T(), state.ETag, state.RecordExists);
    }

    /// <summary>Writes if the tag still is the stored one. Answers the new tag, or <see langword="null"/> if somebody else was first.</summary>
    public async Task<string?> TrySaveAsync<T>(string name, GrainId grain, T value, string? tag)
        where T : class, new()
    {
        var state = new GrainState<T>(value, tag!) { RecordExists = tag is not null };
        try
        {
            await storage.WriteStateAsync(name, grain, state);
            return state.ETag ?? throw new InvalidOperationException("Handler needs grain storage that answers a tag for what it has written.");
        }
        catch (InconsistentStateException)
        {
            return null;
        }
    }
}

/// <summary>What is in storage.</summary>
/// <param name="Value">The value; a new one where there is none.</param>
/// <param name="Tag">The tag of this version of it.</param>
/// <param name="Exists">Whether there is one.</param>
internal sealed record Stored<T>(T Value, string? Tag, bool Exists);
