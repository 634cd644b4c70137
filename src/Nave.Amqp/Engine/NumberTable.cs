namespace Nave.Amqp;

/// <summary>Channels or handles: small numbers, mostly dense, so an array; a peer that picks large ones gets a dictionary.</summary>
internal sealed class NumberTable<T>
    where T : class
{
    private const int MaxDense = 256;

    private T?[] _dense = [];
    private Dictionary<uint, T>? _sparse;
    private uint _next;

    public int Count { get; private set; }

    public T? this[uint number] =>
        number < (uint)_dense.Length ? _dense[number] : _sparse?.GetValueOrDefault(number);

    /// <summary>Finds the lowest number that is free.</summary>
    public uint FindFree()
    {
        while (this[_next] is not null)
        {
            _next++;
        }

        return _next;
    }

    public void Add(uint number, T item)
    {
        if (number < MaxDense)
        {
            if (number >= (uint)_dense.Length)
            {
                Array.Resize(ref _dense, Math.Min(MaxDense, Math.Max(2, 2 * ((int)number + 1))));
            }

            _dense[number] = item;
        }
        else
        {
            (_sparse ??= []).Add(number, item);
        }

        Count++;
    }

    public void Remove(uint number)
    {
        if (this[number] is null)
        {
            return;
        }

        if (number < (uint)_dense.Length)
        {
            _dense[number] = null;
        }
        else
        {
            _sparse!.Remove(number);
        }

        _next = Math.Min(_next, number);
        Count--;
    }

    /// <summary>A copy: what is done with the items may change the table.</summary>
    public T[] ToArray()
    {
        if (Count == 0)
        {
            return [];
        }

        var items = new T[Count];
        var at = 0;
        foreach (var item in _dense)
        {
            if (item is not null)
            {
                items[at++] = item;
            }
        }

        _sparse?.Values.CopyTo(items, at);
        return items;
    }
}
