using System.Globalization;
using System.Text;
using Handler.Functions;

namespace Handler.Abuse;

/// <summary>Cultures and culture-based comparers as values of jobs, in a host that has culture data.</summary>
public sealed class CultureNames : IScenario
{
    /// <inheritdoc/>
    public Task RunAsync(string[] arguments) => arguments[0] switch
    {
        "travel" => Travel(),
        "forged" => Task.Run(ReadForged),
        var other => throw new ArgumentException(other),
    };

    private static async Task Travel()
    {
        await using var handler = await EmbeddedHandler.StartAsync();
        var (german, chinese) = (new CultureInfo("de-DE"), CultureInfo.GetCultureInfo("zh-CN"));
        var words = new SortedSet<string>(StringComparer.Create(german, CompareOptions.IgnoreCase)) { "zebra", "Ärger", "apfel" };
        Console.WriteLine(
            (await handler.RunAsync(() => $"{1.5.ToString(german)} {chinese.Name} {string.Join(' ', words)}")).GetValueOrThrow());
        Console.WriteLine((await handler.RunAsync(static () => new CultureInfo("fr-FR"))).GetValueOrThrow().Name);
        Console.WriteLine(string.Join(' ', (await handler.RunAsync(() => words)).GetValueOrThrow()));
        foreach (var name in (string[])["qqq-ZZ", "de-DE_phoneb"])
        {
            var other = new CultureInfo(name);
            var comparer = other.CompareInfo.GetStringComparer(CompareOptions.None);
            await ShowRefusal(() => handler.RunAsync(() => other.Name));
            await ShowRefusal(() => handler.RunAsync(() => comparer.Compare("a", "b")));
        }
    }

    private static async Task ShowRefusal<T>(Func<Task<JobOutcome<T>>> run)
    {
        try
        {
            Console.WriteLine(await run());
        }
        catch (FunctionNotPortableException exception)
        {
            Console.WriteLine(exception.Message);
        }
    }

    /// <summary>Reads forged results that name cultures which the runtime would create and cache. Prints how many were read.</summary>
    private static void ReadForged()
    {
        var serializer = new JsonJobSerializer(new TypeGate([]), 1 << 20, isHosts: true);
        var read = 0;
        for (var i = 0; i < 2_000; i++)
        {
            foreach (var name in (string[])[$"de-DE-x-a{i}", $"qq-x{i:x4}", $"DE-de-X-{i}", new string('a', 10 + i)])
            {
                read +=
                    Reads<CultureInfo>(serializer, $"{{\"Item1\":\"{name}\",\"Item2\":true}}")
                    + Reads<StringComparer>(serializer, $"\"c0:{name}\"")
                    + Reads<HashSet<string>>(serializer, $"{{\"Hc1:{name}\":[]}}")
                    + Reads<Dictionary<string, int>>(serializer, $"[\"Dc1:{name}\",{{}}]");
            }
        }

        Console.WriteLine($"forged: {read}");
        var known = Reads<CultureInfo>(serializer, "{\"Item1\":\"de-DE\",\"Item2\":true}")
            + Reads<StringComparer>(serializer, "\"c0:zh-CN\"");
        Console.WriteLine($"known: {known}");
    }

    private static int Reads<T>(JsonJobSerializer serializer, string json)
    {
        try
        {
            return serializer.Deserialize<T>(Encoding.UTF8.GetBytes(json)) is null ? 0 : 1;
        }
        catch (FormatException)
        {
            return 0;
        }
    }
}
