using Handler.Infrastructure;

namespace Handler;

/// <summary>The range of an option, both ends included. Checks and messages take it from here.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class AllowedRangeAttribute : Attribute
{
    private readonly IComparable least, most;

    public AllowedRangeAttribute(long least, long most) => (this.least, this.most) = (least, most);

    /// <param name="least">A duration as <see cref="Units"/> reads it.</param>
    /// <param name="most">A duration too.</param>
    public AllowedRangeAttribute(string least, string most) => (this.least, this.most) = (Units.Duration(least), Units.Duration(most));

    public bool Allows(object value)
    {
        var compared = value is int number ? (long)number : value;
        return least.CompareTo(compared) <= 0 && most.CompareTo(compared) >= 0;
    }

    public override string ToString() => $"between {least} and {most}";
}
