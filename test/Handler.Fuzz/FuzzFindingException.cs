namespace Handler.Fuzz;

/// <summary>An input that shows a fault.</summary>
public sealed class FuzzFindingException(string message, Exception? inner) : Exception(message, inner);
