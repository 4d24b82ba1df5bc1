namespace Handler.Tests.Functions;

/// <summary>Synchronous versions, for tests about values.</summary>
internal static class LoopbackExtensions
{
    public static T Run<T>(this LoopbackRunner runner, Func<T> function)
        => runner.RunAsync(new JobFunction<T>(function), null, default).Result.GetValueOrThrow();

    public static FunctionNotPortableException Refused<T>(this LoopbackRunner runner, Func<T> function)
        => Assert.Throws<FunctionNotPortableException>(() => runner.Encode(new JobFunction<T>(function)));
}
