namespace Handler.Pools;

/// <summary>Where a slot stands in one list of an index.</summary>
internal struct ShareLink
{
    public ShareList? List;
    public int Previous;
    public int Next;
}

/// <summary>The slots with one key, in the order in which they came.</summary>
internal sealed class ShareList(string key)
{
    public string Key { get; } = key;

    public int First { get; set; } = -1;

    public int Last { get; set; } = -1;

    public int Count { get; set; }
}

/// <summary>Which of a slot's links an index uses.</summary>
internal interface IShareLinkOf
{
    static abstract ref ShareLink In(ref Share share);
}

internal readonly struct LinkByName : IShareLinkOf
{
    public static ref ShareLink In(ref Share share) => ref share.ByName;
}

internal readonly struct LinkByNode : IShareLinkOf
{
    public static ref ShareLink In(ref Share share) => ref share.ByNode;
}

/// <summary>Finds slots by a text. The lists run through the slots themselves: no operation depends on how many there are.</summary>
internal sealed class ShareIndex<TLink>
    where TLink : struct, IShareLinkOf
{
    private const int None = -1;

    private readonly Dictionary<string, ShareList> _lists = new(StringComparer.Ordinal);

    // Most often the next key is the last one again (one node, one name): its list stays, even empty, and is found without hashing.
    private ShareList? _last;

    public int First(string key) => _lists.TryGetValue(key, out var list) ? list.First : None;

    public int Count(string key) => _lists.TryGetValue(key, out var list) ? list.Count : 0;

    public static int Next(ref Share share) => TLink.In(ref share).Next;

    public List<string> Keys() => [.. _lists.Values.Where(list => list.Count > 0).Select(list => list.Key)];

    public void Add(Share[] slots, int slot, string key) => Append(slots, slot, ListOf(key));

    public void Remove(Share[] slots, int slot)
    {
        var list = Detach(slots, slot);
        if (list.Count == 0 && !ReferenceEquals(list, _last))
            _lists.Remove(list.Key);
    }

    public void MoveToEnd(Share[] slots, int slot) => Append(slots, slot, Detach(slots, slot));

    private ShareList ListOf(string key)
    {
        if (_last is { } last)
        {
            if (ReferenceEquals(last.Key, key))
                return last;
            if (last.Count == 0)
                _lists.Remove(last.Key);
        }

        if (!_lists.TryGetValue(key, out var list))
            _lists.Add(key, list = new ShareList(key));
        return _last = list;
    }

    private static void Append(Share[] slots, int slot, ShareList list)
    {
        ref var link = ref TLink.In(ref slots[slot]);
        link = new ShareLink { List = list, Previous = list.Last, Next = None };
        if (list.Last == None)
            list.First = slot;
        else
            TLink.In(ref slots[list.Last]).Next = slot;
        list.Last = slot;
        list.Count++;
    }

    private static ShareList Detach(Share[] slots, int slot)
    {
        var link = TLink.In(ref slots[slot]);
        var list = link.List!;
        if (link.Previous == None)
            list.First = link.Next;
        else
            TLink.In(ref slots[link.Previous]).Next = link.Next;
        if (link.Next == None)
            list.Last = link.Previous;
        else
            TLink.In(ref slots[link.Next]).Previous = link.Previous;
        list.Count--;
        return list;
    }
}
