using System.Diagnostics;
using Handler.Functions;
using FS = Handler.FSharpFunctions.Functions;

namespace Handler.Tests.Functions;

/// <summary>An F# function value inside a payload is code that the payload names, so the rules for functions apply.</summary>
public sealed class FunctionObjectTests
{
    private readonly LoopbackRunner caller = new();

    [Fact]
    public void A_function_object_is_sent_with_its_captured_values_and_type_arguments()
        => Assert.Equal("Stringtext", caller.Run(FS.callsFunctionValue(FS.genericFunctionValues("text").Head)));

    [Fact]
    public void A_function_object_of_another_build_is_refused()
    {
        var call = Encode(FS.genericFunctionValues("text").Head);
        var version = typeof(FS).Module.ModuleVersionId.ToByteArray();
        var at = call.AsSpan().LastIndexOf(version);
        Assert.NotEqual(call.AsSpan().IndexOf(version), at); // the first one belongs to the function that captures it
        call[at] ^= 1;
        var message = Refused(call, new LoopbackRunner());
        Assert.Contains("another build", message);
        Assert.DoesNotContain(typeof(FS).Module.ModuleVersionId.ToString(), message);
    }

    [Fact]
    public void A_function_object_with_a_forbidden_type_argument_is_refused_if_callers_are_elsewhere()
    {
        Assert.Contains("generic argument", Refused(Encode(FS.genericFunctionValues<Process>(null!).Head), Elsewhere()));
        Assert.Contains(
            "generic argument",
            Assert
                .Throws<FunctionNotPortableException>(()
                    => Elsewhere().Encode(new JobFunction<string>(FS.callsFunctionValue(FS.genericFunctionValues<Process>(null!).Head))))
                .Message);
        Assert.Equal("Int325", Elsewhere().Run(FS.callsFunctionValue(FS.genericFunctionValues(5).Head)));
    }

    [Fact]
    public void A_function_object_is_refused_if_only_registered_functions_are_allowed()
    {
        var only = new LoopbackRunner(options => options.RegisteredFunctionsOnly = true);
        Assert.Contains("Only registered functions", Refused(Encode(FS.genericFunctionValues("text").Head), only));

        // The same without a lambda around it.
        var loader = new FunctionLoader(only.Encoder.Policy);
        var error = Assert.Throws<FunctionLoadException>(() =>
        {
            var reader = new PayloadReader([(byte)ValueKind.FunctionObject]);
            new CaptureReader(loader).ReadValue(ref reader, typeof(object));
        });
        Assert.Contains("Only registered functions", error.Message);
    }

    [Theory]
    [InlineData(typeof(List<int>))]
    [InlineData(typeof(Poco))]
    [InlineData(typeof(FunctionObjectTests))]
    public void A_class_that_is_not_a_function_object_is_refused(Type type)
    {
        var bytes = new System.Buffers.ArrayBufferWriter<byte>();
        bytes.WriteByte((byte)ValueKind.FunctionObject);
        bytes.WriteUnmanaged(type.Module.ModuleVersionId);
        Handler.Functions.TypeReference.Write(bytes, type);
        var loader = new FunctionLoader(caller.Encoder.Policy);
        var error = Assert.Throws<FormatException>(() =>
        {
            var reader = new PayloadReader(bytes.WrittenSpan);
            new CaptureReader(loader).ReadValue(ref reader, typeof(object));
        });
        Assert.Contains("where a function value is expected", error.Message);
    }

    private static LoopbackRunner Elsewhere() => new(options => options.CallersAreElsewhere = true);

    private byte[] Encode(Microsoft.FSharp.Core.FSharpFunc<Microsoft.FSharp.Core.Unit, string> function)
        => caller.Encode(new JobFunction<string>(FS.callsFunctionValue(function)));

    private static string Refused(byte[] call, LoopbackRunner worker)
        => Assert.Throws<FunctionLoadException>(() => worker.Bind(call)).Message;
}
