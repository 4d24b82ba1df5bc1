using System.Text.Json;

namespace Handler.Cli.Tests;

public sealed class DoctorTests
{
    [Fact]
    public async Task Doctor_checks_the_machine_and_reports_that_jobs_run_and_limits_hold()
    {
        var (code, output, errors) = await Tool.RunAsync("doctor");
        Assert.Equal((0, ""), (code, errors));
        Assert.All(
            [
                "operating system",
                "worker ready after",
                "a busy loop times out",
                "memory: ManagedHeap",
                "hardening: IsolateProcesses",
                "hardening: UseStrict",
                "Jobs run here, and their limits hold.",
            ],
            text => Assert.Contains(text, output));
    }

    /// <summary>The tests' pipe is not a terminal, although the environment names one.</summary>
    [Fact]
    public async Task A_report_in_a_pipe_has_no_escape_sequences()
    {
        var (_, output, _) = await Tool.RunAsync(["TERM=xterm-256color", "COLORTERM=truecolor"], "doctor");
        Assert.Contains("operating system", output);
        Assert.DoesNotContain('\e', output);
    }

    [Fact]
    public async Task The_report_is_available_as_JSON()
    {
        var (code, output, errors) = await Tool.RunAsync("doctor", "--json");
        Assert.Equal((0, ""), (code, errors));
        var report = JsonDocument.Parse(output).RootElement;
        Assert.True(report.GetProperty("healthy").GetBoolean());
        Assert.All(report.GetProperty("checks").EnumerateArray(), check =>
            Assert.True(check.GetProperty("good").GetBoolean(), check.ToString()));
        Assert.Equal(
            ["platform", "a worker starts", "a job runs", "a busy loop times out", "a job out of memory", "a job out of native memory"],
            report.GetProperty("checks").EnumerateArray().Select(check => check.GetProperty("name").GetString()));
        Assert.Contains(report.GetProperty("memoryLayers").EnumerateArray(), layer =>
            layer.GetProperty("name").GetString() == "ControlGroup");
        Assert.All(report.GetProperty("hardening").EnumerateArray(), option =>
            Assert.NotEqual("", option.GetProperty("detail").GetString()));
        Assert.Contains(report.GetProperty("hardening").EnumerateArray(), option =>
            option.GetProperty("name").GetString() == "MaxTasks");
    }
}
