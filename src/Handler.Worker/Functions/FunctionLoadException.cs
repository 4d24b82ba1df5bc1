namespace Handler.Functions;

/// <summary>
/// A call cannot be turned into a function: its bytes are damaged, or they name something that this worker does not have or must not run.
/// </summary>
internal sealed class FunctionLoadException(string message, Exception? inner = null) : Exception(message, inner);
