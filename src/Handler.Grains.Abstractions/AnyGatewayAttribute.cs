using Orleans.CodeGeneration;

namespace Handler.Grains;

/// <summary>
/// A client sends each call of the method to the next gateway. Without it Orleans keeps to one gateway for each grain as long as that lives, so that a silo that joins
/// later gets nothing of a client that was there before.
/// </summary>
[InvokableCustomInitializer(nameof(IRequest.AddInvokeMethodOptions), InvokeMethodOptions.Unordered)]
[AttributeUsage(AttributeTargets.Method)]
internal sealed class AnyGatewayAttribute : Attribute;
