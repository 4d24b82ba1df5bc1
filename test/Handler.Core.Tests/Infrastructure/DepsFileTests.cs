using Handler.Infrastructure;

namespace Handler.Tests.Infrastructure;

/// <summary>Which of the deps files that the runtime lists is the application's.</summary>
public sealed class DepsFileTests
{
    private const string Runtime = "/dotnet/shared/Microsoft.NETCore.App/10.0.0/";
    private const string OfRuntime = Runtime + "Microsoft.NETCore.App.deps.json";

    [Fact]
    public void It_is_the_first_one_that_exists()
        => Assert.Equal(
            "/app/a.deps.json", Find($"/gone/a.deps.json;/app/a.deps.json;{OfRuntime}", Runtime, "/app/a.deps.json", OfRuntime));

    [Fact]
    public void A_path_may_contain_the_separator()
        => Assert.Equal("/a;b/a.deps.json", Find($"/a;b/a.deps.json;{OfRuntime}", Runtime, "/a;b/a.deps.json", OfRuntime));

    [Fact]
    public void That_of_a_shared_runtime_does_not_count() => Assert.Null(Find(OfRuntime, Runtime, OfRuntime));

    [Fact]
    public void That_of_an_application_with_its_own_runtime_is_in_the_folder_of_the_runtime()
        => Assert.Equal(OfRuntime, Find(OfRuntime, null, OfRuntime));

    [Theory]
    [InlineData("")]
    [InlineData("a.deps.json")]
    [InlineData("/app/a.json")]
    public void Nothing_else_is_one(string list) => Assert.Null(Find(list, null, list));

    private static string? Find(string list, string? runtime, params string[] present)
        => DepsFile.FirstAmong(list, runtime, file => Array.IndexOf(present, file) >= 0);
}
