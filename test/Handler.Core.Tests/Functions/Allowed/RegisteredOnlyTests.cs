using System.Xml.Linq;
using Handler.Functions;

namespace Handler.Tests.Functions;

/// <summary>The option that lets callers run only registered functions, and the treatment of Handler's own assemblies.</summary>
public sealed class RegisteredOnlyTests
{
    [Fact]
    public void The_caller_refuses_lambdas_and_method_groups_and_the_message_names_a_remedy()
    {
        var runner = new LoopbackRunner(options => options.RegisteredFunctionsOnly = true);
        var error = runner.Refused(static () => 1);
        Assert.Contains("RegisteredFunctionsOnly", error.Message);
        Assert.Contains("RunRegisteredAsync", error.Message);
        Assert.Contains("RegisteredFunctionsOnly", runner.Refused(CallableMethodTests.Offer.One).Message);
    }

    [Fact]
    public void A_worker_refuses_unregistered_functions_even_if_the_caller_allows_them()
    {
        var (caller, number) = (new LoopbackRunner(), 1);
        Func<int> captured = static () => 2;
        var worker = new FunctionLoader(new LoopbackRunner(options => options.RegisteredFunctionsOnly = true).Encoder.Policy);
        foreach (var call in (byte[][])[
            caller.Encode(new JobFunction<int>((Func<int>)(static () => 1))),
            caller.Encode(new JobFunction<int>((Func<int>)(() => number))),
            caller.Encode(new JobFunction<int>((Func<int>)(() => captured()))),
            caller.Encode(new JobFunction<int>((Func<int>)CallableMethodTests.Offer.One))])
            Assert.Contains("Only registered functions", Assert.Throws<FunctionLoadException>(() => worker.Bind(call)).Message);
    }

    [Fact]
    public void Registered_functions_still_run()
    {
        var runner = new LoopbackRunner(options => options.RegisteredFunctionsOnly = true);
        var call = runner.Encode(JobFunction<string>.Registered("test.greet", new RegisteredFunctionTests.Greeting("Ann")));
        Assert.Contains("Ann", new LoopbackLoader(runner).Run<string>(call));
    }

    [Fact]
    public async Task A_handler_with_RegisteredFunctionsOnly_refuses_lambdas_and_runs_registered_functions()
    {
        await using var node = await TestNode.StartAsync(options => (options.MaxWorkers, options.RegisteredFunctionsOnly) = (1, true));
        await Assert.ThrowsAsync<FunctionNotPortableException>(() => node.Run(static () => 1));
        Assert.Contains(
            "Ann",
            (
                await Wait.For(
                    node.Handler.RunRegisteredAsync<RegisteredFunctionTests.Greeting, string>(
                        "test.greet",
                        new RegisteredFunctionTests.Greeting("Ann")))
            ).GetValueOrThrow());
    }

    [Fact]
    public void Every_assembly_of_the_solution_under_src_is_Handler_s_own()
    {
        var root = Solution.Folder;
        var projects = File.ReadAllLines(Path.Combine(root, "Handler.Orleans.sln"))
            .Where(line =>
                line.StartsWith("Project(", StringComparison.Ordinal)
                && line.Contains("\"src", StringComparison.Ordinal)
                && line.Contains(".csproj", StringComparison.Ordinal))
            .Select(line => Path.Combine(root, line.Split('"')[5].Replace('\\', '/')))
            .ToList();
        Assert.Contains(projects, path => path.EndsWith("Handler.Tls.csproj", StringComparison.Ordinal));
        foreach (var path in projects)
        {
            var name = XDocument.Load(path).Descendants("AssemblyName").SingleOrDefault()?.Value ?? Path.GetFileNameWithoutExtension(path);
            if (name == "handler")
                continue; // the program of that name runs its own functions, like any application
            Assert.True(FrameworkAssemblies.IsHandler(name), $"{name} is not known as one of Handler's own assemblies");
            Assert.True(FrameworkAssemblies.IsHandler(name.ToLowerInvariant()), name);
            Assert.Throws<ArgumentException>(() => new LoopbackRunner(options => options.AllowedAssemblies.Add(name)));
            Assert.Throws<FunctionLoadException>(() => new TypeGate([name]).LoadFunctionAssembly(name));
        }
    }
}
