using System.Text;

namespace Handler.Wire;

/// <summary>The settings that a worker receives before its first job.</summary>
internal sealed record WorkerSetup
{
    public required byte[] FunctionPolicy { get; init; }

    public int MaxPayloadBytes { get; init; }

    public long MaxGrowthBytes { get; init; }

    public bool RetireOnLeftovers { get; init; }

    /// <summary>
    /// How long the node may be unresponsive while a job runs, in ns; 0 for no limit. See <see cref="Guard.OwnerWatch"/>.
    /// </summary>
    public long MaxOwnerSilence { get; init; }

    /// <summary>The system calls that it is denied, as a <c>DeniedCalls</c>.</summary>
    public int DeniedCalls { get; init; }

    public int Niceness { get; init; }

    /// <summary>The name of the culture in which jobs run.</summary>
    public string Culture { get; init; } = "";

    /// <summary>The name of the UI culture, with which jobs look up resource texts.</summary>
    public string UICulture { get; init; } = "";

    public long MaxFileBytes { get; init; } = long.MaxValue;

    public int MaxOpenFiles { get; init; } = int.MaxValue;

    public byte[] Write()
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream, Encoding.UTF8);
        writer.Write(FunctionPolicy.Length);
        writer.Write(FunctionPolicy);
        writer.Write(MaxPayloadBytes);
        writer.Write(MaxGrowthBytes);
        writer.Write(RetireOnLeftovers);
        writer.Write(MaxOwnerSilence);
        writer.Write(DeniedCalls);
        writer.Write(Niceness);
        writer.Write(MaxFileBytes);
        writer.Write(MaxOpenFiles);
        writer.Write(Culture);
        writer.Write(UICulture);
        writer.Flush();
        return stream.ToArray();
    }

    public static WorkerSetup Read(byte[] bytes)
    {
        using var reader = new BinaryReader(new MemoryStream(bytes), Encoding.UTF8);
        return new WorkerSetup
        {
            FunctionPolicy = reader.ReadBytes(reader.ReadInt32()),
            MaxPayloadBytes = reader.ReadInt32(),
            MaxGrowthBytes = reader.ReadInt64(),
            RetireOnLeftovers = reader.ReadBoolean(),
            MaxOwnerSilence = reader.ReadInt64(),
            DeniedCalls = reader.ReadInt32(),
            Niceness = reader.ReadInt32(),
            MaxFileBytes = reader.ReadInt64(),
            MaxOpenFiles = reader.ReadInt32(),
            Culture = reader.ReadString(),
            UICulture = reader.ReadString(),
        };
    }
}
