using Orleans.Storage;

namespace Handler.Grains.Tests;

/// <summary>Grain storage in memory, which a test may empty, change behind a grain's back, or let fail.</summary>
internal sealed class TestGrainStorage : IGrainStorage
{
    private readonly Dictionary<(string Name, GrainId Grain), (object Value, string Tag)> records = [];
    private int tags;

    /// <summary>How often a record was written.</summary>
    public int Writes { get; private set; }

    /// <summary>Called before each write; may throw.</summary>
    public Action BeforeWrite { get; set; } = static () => { };

    public void Clear() => records.Clear();

    public T? Find<T>(string name, GrainId grain)
        where T : class
        => records.TryGetValue((name, grain), out var record) ? (T)record.Value : null;

    /// <summary>Writes as another activation does.</summary>
    public void Put<T>(string name, GrainId grain, T value)
        where T : class
        => records[(name, grain)] = (value, $"{++tags}");

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        grainState.RecordExists = records.TryGetValue((stateName, grainId), out var record);
        if (grainState.RecordExists)
            (grainState.State, grainState.ETag) = ((T)record.Value, record.Tag);
        return Task.CompletedTask;
    }

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        BeforeWrite();
        var stored = records.TryGetValue((stateName, grainId), out var record) ? record.Tag : null;
        if (stored != grainState.ETag)
            throw new InconsistentStateException("Another writer was first.");
        records[(stateName, grainId)] = (grainState.State!, grainState.ETag = $"{++tags}");
        Writes++;
        return Task.CompletedTask;
    }

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => throw new NotSupportedException();
}
