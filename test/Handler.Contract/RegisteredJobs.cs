namespace Handler.Contract;

/// <summary>Functions that the scenarios call by name.</summary>
public static class RegisteredJobs
{
    [JobFunction("contract.process")]
    public static int Process() => Environment.ProcessId;

    [JobFunction("contract.double")]
    public static int Double(int value) => 2 * value;

    [JobFunction("contract.nothing")]
    public static void Nothing()
    {
    }

    [JobFunction("contract.sleep")]
    public static void Sleep(int milliseconds) => Thread.Sleep(milliseconds);
}
