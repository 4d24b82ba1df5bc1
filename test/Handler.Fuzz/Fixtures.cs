using System.Text.Json.Serialization;

namespace Handler.Fuzz;

/// <summary>Types and functions of an application, for the calls to refer to.</summary>
public sealed class Node
{
    public string? Name { get; set; }

    public List<Node> Children { get; set; } = [];
}

public readonly record struct Point(double X, long Y);

[JsonDerivedType(typeof(Circle), "circle")]
[JsonDerivedType(typeof(Square), "square")]
public abstract class Shape;

public sealed class Circle : Shape
{
    public double Radius { get; set; }
}

public sealed class Square : Shape
{
    public double Side { get; init; }
}

public static class Jobs
{
    public static int Plain() => 1;

    public static T Generic<T>() => default!;

    public static int Length(string text) => text.Length;

    [JobFunction("fuzz.node")]
    public static string? NameOf(Node node) => node.Name;
}
