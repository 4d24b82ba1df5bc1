using System.Reflection;

namespace Handler.Functions;

/// <summary>Which assemblies are the framework's or the handler's own. No job function may come from these, whatever the options say.</summary>
internal static class FrameworkAssemblies
{
    private static readonly string[] HandlerNames = ["Handler.Core", "Handler.Worker", "Handler.Client", "Handler.Grains", "Handler.Grains.Abstractions", "Handler.Orleans", "Handler.Silo"];

    /// <summary>The public key tokens that Microsoft signs the runtime, its libraries, ASP.NET Core and the extensions with.</summary>
    private static readonly ulong[] Tokens =
    [
        0x7cec85d7bea7798e, 0xb03f5f7f11d50a3a, 0xb77a5c561934e089, 0xcc7b13ffcd2ddd51, 0xadb9793829ddae60, 0x31bf3856ad364e35,
    ];

    public static bool IsHandler(string name) => Array.IndexOf(HandlerNames, name) >= 0;

    /// <summary>Whether a name can only be the framework's. Asked before an assembly is loaded by a name that a payload brought.</summary>
    public static bool HasFrameworkName(string name)
        => name.StartsWith("System.", StringComparison.Ordinal)
            || name.StartsWith("Microsoft.", StringComparison.Ordinal)
            || name is "System" or "mscorlib" or "netstandard" or "WindowsBase";

    public static bool IsFramework(Assembly assembly) => IsFramework(assembly.GetName());

    public static bool IsFramework(AssemblyName name)
    {
        var token = name.GetPublicKeyToken();
        if (token is not { Length: 8 })
            return false;
        var number = System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(token);
        return Array.IndexOf(Tokens, number) >= 0;
    }
}
