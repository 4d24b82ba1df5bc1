using Orleans.CodeGeneration;

namespace Handler.Grains;

/// <summary>
/// Makes a client send each call of the method to the next gateway. Without it, Orleans uses one gateway for each grain as long as that
/// gateway lives, so a silo that joins later would get no calls from clients that are already connected.
/// </summary>
[InvokableCustomInitializer(nameof(IRequest.AddInvokeMethodOptions), InvokeMethodOptions.Unordered)]
[AttributeUsage(AttributeTargets.Method)]
internal sealed class AnyGatewayAttribute : Attribute;
