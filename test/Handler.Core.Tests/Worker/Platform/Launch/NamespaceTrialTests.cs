using Handler.Platform;

namespace Handler.Tests.Platform;

/// <summary>What a failed trial of namespaces means.</summary>
public sealed class NamespaceTrialTests
{
    [Theory]
    [InlineData("unshare: unrecognized option '--keep-caps'", null, "util-linux 2.36 or later; this one lacks an option")]
    [InlineData("unshare: mount /proc failed: Operation not permitted", null, "it needs to mount a /proc of its own")]
    [InlineData("unshare: unshare failed: Operation not permitted", null, "the seccomp filter of a container may forbid it")]
    [InlineData("unshare: unshare failed: No space left on device", "user.x is 0", "it needs user namespaces: user.x is 0 (unshare: ")]
    [InlineData("", null, "it ended with status 256")]
    public void The_message_of_the_program_is_explained_and_quoted(string text, string? setting, string expected)
    {
        var why = NamespaceTrial.WhyFailed(256, text, setting);
        Assert.Contains(expected, why);
        Assert.Contains(text, why);
    }

    [Fact]
    public void A_machine_where_it_works_has_no_reason_and_any_other_says_what_it_needs()
        => Assert.StartsWith("it needs", NamespaceTrial.WhyNot(new LaunchRights { PidNamespace = true }) ?? "it needs nothing more");

    [Fact]
    public void A_program_that_ends_tells_its_status_and_what_it_wrote()
        => Assert.Equal((3 << 8, "why"), NamespaceTrial.Run(Shell("echo why; exit 3"), patience: 30_000));

    [Fact]
    public async Task A_program_that_does_not_end_in_time_is_killed_with_all_that_it_started()
    {
        var file = Path.GetTempFileName();
        var failure = Assert.Throws<IOException>(() => NamespaceTrial.Run(Shell($"sleep 600 & echo $! > {file}; wait"), patience: 500));
        Assert.Contains("/bin/sh did not end within 500 ms and was killed", failure.Message);
        var child = File.ReadAllText(file).Trim();
        File.Delete(file);
        await Wait.Until(() => !File.Exists($"/proc/{child}/stat") || File.ReadAllText($"/proc/{child}/stat").Contains(") Z "), "its end");
    }

    private static WorkerCommand Shell(string script) => new("/bin/sh", ["/bin/sh", "-c", script], []);
}
