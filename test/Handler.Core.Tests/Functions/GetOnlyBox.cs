namespace Handler.Tests.Functions;

public sealed class GetOnlyBox<T>
{
    public GetOnlyBox()
    {
    }

    public GetOnlyBox(IEnumerable<T> items) => Items.AddRange(items);

    public List<T> Items { get; } = [];
}
