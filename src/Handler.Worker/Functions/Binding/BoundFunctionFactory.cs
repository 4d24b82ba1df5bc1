namespace Handler.Functions;

/// <summary>Creates bound functions of one shape.</summary>
internal abstract class BoundFunctionFactory
{
    public abstract BoundFunction Create(Delegate function);
}
