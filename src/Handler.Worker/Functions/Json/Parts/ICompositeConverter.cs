namespace Handler.Functions;

/// <summary>A converter of values that contain other values. The types of these are checked as well.</summary>
internal interface ICompositeConverter
{
    IEnumerable<Type> Parts { get; }
}
