using Microsoft.Extensions.Time.Testing;

namespace Handler.Tests;

/// <summary>Time that cannot be read once.</summary>
internal sealed class FailingTime : FakeTimeProvider
{
    public const string Message = "The clock is broken.";

    private Func<string, bool>? fails;

    /// <summary>The next reading fails.</summary>
    public void FailNext() => FailWhere(static _ => true);

    /// <summary>The next reading for which a condition of the stack trace holds fails.</summary>
    public void FailWhere(Func<string, bool> condition) => Volatile.Write(ref fails, condition);

    public override long GetTimestamp()
    {
        var failing = Volatile.Read(ref fails);
        if (failing is null || !failing(Environment.StackTrace) || Interlocked.CompareExchange(ref fails, null, failing) != failing)
            return base.GetTimestamp();
        throw new NotSupportedException(Message);
    }
}
