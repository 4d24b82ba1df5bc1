using System.Runtime.InteropServices;
using Handler.Nodes;

namespace Handler.Tests.Nodes;

/// <summary>How a worker of this process is started. The tests run on a shared runtime; published applications have tests too.</summary>
public sealed class WorkerLauncherTests
{
    [Fact]
    public void On_a_shared_runtime_the_dotnet_host_runs_the_worker_with_the_files_of_the_application()
    {
        var command = WorkerLauncher.CommandFor(new ProfileOptions());
        Assert.Equal(SharedHost(), command.Path);
        Assert.Equal(["dotnet", "exec", "--depsfile"], command.Arguments.Take(3));
        Assert.All(command.Arguments.Skip(3).Where(static argument => argument[0] != '-'), file => Assert.True(File.Exists(file), file));
        Assert.Equal("Handler.Worker.dll", Path.GetFileName(command.Arguments[^1]));
    }

    [Fact]
    public void The_worker_must_be_able_to_read_the_host_and_all_assemblies_of_the_application()
    {
        var command = WorkerLauncher.CommandFor(new ProfileOptions());
        Assert.Equal(command.Path, command.Reads[0]);
        Assert.Contains(typeof(HandlerOptions).Assembly.Location, command.Reads);
        Assert.Contains(typeof(object).Assembly.Location, command.Reads);
    }

    [Fact]
    public void A_worker_starts_in_the_working_directory_and_gets_the_variables_of_the_options()
    {
        var options = new ProfileOptions();
        options.WorkerEnvironment["ANSWER"] = "42";
        var command = WorkerLauncher.CommandFor(options);
        Assert.Equal(Environment.CurrentDirectory, command.Directory);
        Assert.Contains("ANSWER=42", command.Environment);
        Assert.DoesNotContain(
            command.Environment,
            static variable => variable.StartsWith("DOTNET_STARTUP_HOOKS=", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(false, false, false, false)]
    [InlineData(true, false, false, true)]
    [InlineData(false, true, false, true)]
    [InlineData(false, false, true, true)]
    public void A_filter_of_system_calls_takes_away_the_right_to_gain_privileges(
        bool noNewPrivileges, bool denyNetwork, bool denyProcesses, bool expected)
    {
        var options = new ProfileOptions();
        options.Hardening.NoNewPrivileges = noNewPrivileges;
        options.Hardening.DenyNetwork = denyNetwork;
        options.Hardening.DenyProcesses = denyProcesses;
        options.Hardening.Niceness = 7;
        options.Hardening.DropCapabilities = false;
        var rights = WorkerLauncher.CommandFor(options).Rights;
        Assert.Equal((expected, 7, false, null), (rights.NoNewPrivileges, rights.Niceness, rights.DropCapabilities, rights.UserId));
    }

    [Theory]
    [InlineData(true, null)]
    [InlineData(false, "/app/Handler.Worker.dll")]
    public void An_application_without_startup_hooks_does_not_start_itself_as_a_worker(bool isOff, string? inherited)
        => Assert.Contains(
            "Publish it untrimmed",
            Assert.Throws<WorkerStartException>(
                () => WorkerLauncher.RequireHooks(isOff, inherited, "/app/Handler.Worker.dll")).Message);

    [Theory]
    [InlineData(null)]
    [InlineData("/app/Profiler.dll")]
    public void Startup_hooks_of_the_application_do_not_prevent_workers(string? inherited)
        => WorkerLauncher.RequireHooks(isOff: false, inherited, "/app/Handler.Worker.dll");

    private static string SharedHost()
        => Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet"));
}
