using System.ComponentModel;
using System.Diagnostics;
using System.Net.Sockets;
using Handler.Wire;

namespace Handler.Tests;

/// <summary>What an exception tells about what the operating system refused.</summary>
public sealed class RefusedCallsTests
{
    private const int NotPermitted = 1, Denied = 13, TooMany = 24;

    [Fact]
    public void An_exception_that_an_application_throws_itself_tells_nothing()
    {
        foreach (var exception in (Exception[])
            [
                new UnauthorizedAccessException("no"),
                new UnauthorizedAccessException("no", new IOException("no")),
                new IOException("no"),
                new Win32Exception(NotPermitted),
                new SocketException((int)SocketError.AccessDenied),
                new InvalidOperationException("no"),
            ])
            Assert.Equal(RefusedCall.None, RefusedCalls.In(exception));
    }

    [Fact]
    public void A_file_that_the_kernel_refuses_is_told_by_the_number_of_the_error()
    {
        Assert.Equal(RefusedCall.File, RefusedCalls.In(new UnauthorizedAccessException("no", new IOException("no", Denied))));
        Assert.Equal(RefusedCall.File, RefusedCalls.In(new UnauthorizedAccessException("no", new IOException("no", NotPermitted))));
    }

    [Fact]
    public void A_file_in_proc_is_told_by_the_path_in_the_message_of_the_framework()
    {
        static UnauthorizedAccessException To(string path) => new($"Access to the path '{path}' is denied.", new IOException("no", Denied));
        Assert.Equal(RefusedCall.ProcessFile, RefusedCalls.In(To("/proc/1/environ")));
        Assert.Equal(RefusedCall.File, RefusedCalls.In(To("/etc/proc/1/environ")));
    }

    [Fact]
    public void One_descriptor_too_many_is_told_by_the_number_of_the_error()
    {
        Assert.Equal(RefusedCall.Descriptor, RefusedCalls.In(new IOException("no", TooMany)));
        Assert.Equal(RefusedCall.Descriptor, RefusedCalls.In(new Win32Exception(TooMany)));
        Assert.Equal(RefusedCall.Descriptor, RefusedCalls.In(new SocketException((int)SocketError.TooManyOpenSockets)));
    }

    [Fact]
    public void An_application_that_lacks_memory_was_not_refused_a_thread()
        => Assert.Equal(RefusedCall.None, RefusedCalls.In(Assert.Throws<OutOfMemoryException>(NewException)));

    private static void NewException() => throw new OutOfMemoryException();

    [Fact]
    public void A_process_that_cannot_be_started_for_another_reason_tells_nothing()
        => Assert.Equal(RefusedCall.None, RefusedCalls.In(Assert.ThrowsAny<Win32Exception>(static () => Process.Start("/no such file"))));

    [Fact]
    public void The_first_of_the_inner_exceptions_that_tells_something_counts()
    {
        var inner = new AggregateException(new InvalidOperationException("no"), new IOException("no", TooMany));
        Assert.Equal(RefusedCall.Descriptor, RefusedCalls.In(new InvalidOperationException("no", inner)));
    }

    [Fact]
    public void A_very_long_chain_is_left_after_a_while()
    {
        Exception last = new IOException("no", TooMany);
        for (var i = 0; i < 100_000; i++)
            last = new InvalidOperationException("no", last);
        Assert.Equal(RefusedCall.None, RefusedCalls.In(last));
    }
}
