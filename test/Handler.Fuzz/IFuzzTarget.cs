namespace Handler.Fuzz;

/// <summary>Code that reads bytes which may be forged.</summary>
public interface IFuzzTarget
{
    /// <summary>Its name on the command line, and the name of its corpus folder.</summary>
    string Name { get; }

    /// <summary>The initial inputs.</summary>
    IEnumerable<byte[]> Seeds();

    /// <summary>Reads an input. It may refuse the input in the ways that callers expect. Any exception it throws is a finding.</summary>
    void Read(byte[] input);
}
