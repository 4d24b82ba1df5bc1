using Microsoft.CodeAnalysis.CSharp.Scripting;
using Microsoft.CodeAnalysis.Scripting;
using NLua;

namespace Handler.Demo.Jobs;

/// <summary>Runs what a user typed, in two real script engines: one managed, one native.</summary>
internal static class Scripts
{
    /// <summary>Compiles and runs a C# script (Roslyn).</summary>
    public static Task<long> RunCSharpAsync(string script)
        => CSharpScript.EvaluateAsync<long>(script, ScriptOptions.Default
            .WithReferences(typeof(object).Assembly, typeof(Enumerable).Assembly)
            .WithImports("System", "System.Linq", "System.Collections.Generic"));

    /// <summary>Runs a Lua script. Its engine is native: all that the script allocates is outside the managed heap.</summary>
    public static long RunLua(string script)
    {
        using var lua = new Lua();
        return Convert.ToInt64(lua.DoString(script)[0], null);
    }
}
