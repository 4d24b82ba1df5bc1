namespace Handler.Nodes;

/// <summary>An option of <see cref="HardeningOptions"/> that needs something of the machine.</summary>
/// <param name="Option">Its name.</param>
/// <param name="WhyNot">What is missing here, as the end of a sentence; <see langword="null"/> if nothing is.</param>
internal readonly record struct HardeningNeed(string Option, string? WhyNot);
