namespace Handler.FairShare;

/// <summary>
/// The siblings in which jobs wait, the next to serve first: a binary heap in which each branch knows its index, because the order of a
/// branch changes with each job that starts or ends. <see cref="PriorityQueue{TElement, TPriority}"/> would have to search for it.
/// </summary>
internal sealed class BranchHeap<TQueue>
    where TQueue : class, new()
{
    private readonly List<Branch<TQueue>> branches = [];

    public int Count => branches.Count;

    public Branch<TQueue>? First => branches.Count == 0 ? null : branches[0];

    public void Add(Branch<TQueue> branch)
    {
        branches.Add(branch);
        branch.Place = branches.Count - 1;
        Rise(branch);
    }

    public void Remove(Branch<TQueue> branch)
    {
        var last = branches[^1];
        branches.RemoveAt(branches.Count - 1);
        if (last != branch)
        {
            Put(last, branch.Place);
            Update(last);
        }

        branch.Place = -1;
    }

    /// <summary>Called when the order of a branch may have changed.</summary>
    public void Update(Branch<TQueue> branch)
    {
        Rise(branch);
        Sink(branch);
    }

    /// <summary>Called when the order of all branches may have changed.</summary>
    public void Rebuild()
    {
        var all = branches.ToList();
        branches.Clear();
        all.ForEach(Add);
    }

    private void Rise(Branch<TQueue> branch)
    {
        while (branch.Place > 0 && branches[(branch.Place - 1) / 2] is var above && branch.IsBefore(above))
            Swap(branch, above);
    }

    private void Sink(Branch<TQueue> branch)
    {
        while (FirstBelow(branch.Place) is { } below && below.IsBefore(branch))
            Swap(below, branch);
    }

    private Branch<TQueue>? FirstBelow(int place)
    {
        var left = (2 * place) + 1;
        if (left >= branches.Count)
            return null;
        return left + 1 < branches.Count && branches[left + 1].IsBefore(branches[left]) ? branches[left + 1] : branches[left];
    }

    private void Swap(Branch<TQueue> one, Branch<TQueue> other)
    {
        var place = one.Place;
        Put(one, other.Place);
        Put(other, place);
    }

    private void Put(Branch<TQueue> branch, int place)
    {
        branches[place] = branch;
        branch.Place = place;
    }
}
