namespace Nave.Storage.Files;

/// <summary>
/// Pinned blocks for staged records, shared by the appenders of a log. It keeps as many as they can have in use, and
/// leaves the others to the garbage collector when an appender goes.
/// </summary>
internal sealed class BlockPool
{
    public const int BlockBytes = 16 << 10;

    private readonly Lock _gate = new();
    private readonly Stack<byte[]> _free = new();
    private int _keep;

    /// <summary>Changes how many free blocks are kept.</summary>
    public void Keep(int change)
    {
        lock (_gate)
        {
            _keep += change;
            while (_free.Count > _keep)
            {
                _free.Pop();
            }
        }
    }

    public byte[] Rent()
    {
        lock (_gate)
        {
            if (_free.TryPop(out var block))
            {
                return block;
            }
        }

        return GC.AllocateUninitializedArray<byte>(BlockBytes, pinned: true);
    }

    public void Return(ReadOnlySpan<byte[]> blocks)
    {
        lock (_gate)
        {
            foreach (var block in blocks)
            {
                if (_free.Count < _keep)
                {
                    _free.Push(block);
                }
            }
        }
    }
}
