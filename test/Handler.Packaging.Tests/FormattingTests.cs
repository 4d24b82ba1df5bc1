namespace Handler.Packaging.Tests;

/// <summary>The code has the format that .editorconfig describes.</summary>
public sealed class FormattingTests
{
    [Fact]
    public async Task No_line_of_code_has_other_indentation_or_spaces()
        => await Command.RunAsync("dotnet", ConsumerFolder.Repository, "format", "whitespace", "--folder", "--verify-no-changes");
}
