namespace Handler.Tests.Functions;

public sealed record ValueBox<T, TOther>(T Value)
{
    public TOther? Other { get; set; }
}
