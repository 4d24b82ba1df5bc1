namespace Application.Tests;

/// <summary>A value of a job, of the application's own type.</summary>
public sealed record Invoice(string Customer, decimal Amount);
