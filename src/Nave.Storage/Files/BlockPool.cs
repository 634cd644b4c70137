namespace Nave.Storage.Files;

/// <summary>
/// Pinned blocks for staged records, shared by the appenders of a log. Their number is bounded by what the appenders may
/// stage; blocks beyond <c>keep</c> are left to the garbage collector.
/// </summary>
internal sealed class BlockPool(int keep)
{
    public const int BlockBytes = 16 << 10;

    private readonly Lock _gate = new();
    private readonly Stack<byte[]> _free = new();

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
                if (_free.Count < keep)
                {
                    _free.Push(block);
                }
            }
        }
    }
}
