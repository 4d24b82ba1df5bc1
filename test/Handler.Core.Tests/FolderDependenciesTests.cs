namespace Handler.Tests;

public sealed class FolderDependenciesTests
{
    private const string Lower = """
        namespace Any;
        class Lower { public int Value; public const int Number = 1; }
        static class LowerExtensions { public static void Extend(this string text) { } }
        """;

    [Theory]
    [InlineData("class Upper { Lower? field; }")]
    [InlineData("class Upper : Lower;")]
    [InlineData("class Upper { void Run(object value) { if (value is Lower) { } } }")]
    [InlineData("class Upper { int Run() => Lower.Number; }")]
    [InlineData("class Upper { string Run() => nameof(Lower); }")]
    [InlineData("class Upper { void Run() => \"text\".Extend(); }")]
    [InlineData("class Upper { List<Lower[]> items = []; }")]
    public void Code_that_names_a_type_or_a_member_of_another_folder_uses_that_folder(string code)
        => Assert.Equal(["low"], Of(("high/Upper.cs", $"namespace Any; {code}"), ("low/Lower.cs", Lower)).ReachedFrom("high"));

    [Theory]
    [InlineData("using Any; class Upper;")]
    [InlineData("/// <summary><see cref=\"Lower\"/></summary>\nclass Upper; // Lower")]
    [InlineData("class Upper { string name = \"Lower\"; }")]
    [InlineData("class Upper { int Lower; int Run() => Lower; }")]
    public void Comments_strings_namespaces_and_other_names_use_nothing(string code)
        => Assert.Empty(Of(("high/Upper.cs", code), ("low/Lower.cs", Lower)).ReachedFrom("high"));

    [Fact]
    public void A_circle_of_folders_is_reported_with_the_files_and_types_that_close_it()
    {
        var circular = Of(
            ("a/First.cs", "class First { Second? second; }"),
            ("a/b/Second.cs", "class Second { Third? third; }"),
            ("c/Third.cs", "class Third { First? first; Lowest? lowest; }"),
            ("d/Lowest.cs", "class Lowest;")).Circular();
        Assert.Equal(
            ["a uses a/b: First.cs uses Second", "a/b uses c: Second.cs uses Third", "c uses a: Third.cs uses First"],
            circular.Select(static use => use.ToString()));
    }

    [Fact]
    public void The_uses_between_folders_with_few_of_them_come_first()
        => Assert.Equal(
            ["b uses a: Second.cs uses First", "a uses b: First.cs uses Second", "a uses b: Other.cs uses Second"],
            Of(
                ("a/First.cs", "class First { Second? second; }"),
                ("a/Other.cs", "class Other { Second? second; }"),
                ("b/Second.cs", "class Second { First? first; }")).Circular().Select(static use => use.ToString()));

    [Fact]
    public void Folders_that_use_each_other_in_one_direction_are_not_circular()
        => Assert.Empty(Of(("a/b/Upper.cs", "class Upper { Lower? lower; }"), ("a/Lower.cs", "class Lower;")).Circular());

    [Fact]
    public void Folders_that_are_no_circle_may_be_one_at_a_lower_depth()
    {
        var sources = Of(
            ("a/x/First.cs", "class First { Second? second; }"),
            ("b/Second.cs", "class Second { Third? third; }"),
            ("a/y/Third.cs", "class Third;"));
        Assert.Empty(sources.Circular());
        Assert.Equal(
            ["a/x uses b: First.cs uses Second", "b uses a/y: Second.cs uses Third"],
            sources.Circular(depth: 1).Select(static use => use.ToString()));
    }

    [Fact]
    public void A_name_that_is_not_found_is_unresolved()
    {
        var sources = Of(("a/First.cs", "class First { Missing? missing; }"));
        Assert.Contains("Missing", Assert.Single(sources.Unresolved(static _ => true)));
        Assert.Empty(sources.Unresolved(static path => path.StartsWith("b/", StringComparison.Ordinal)));
    }

    private static FolderDependencies Of(params (string Path, string Text)[] sources) => new(sources);
}
