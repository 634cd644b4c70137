namespace Nave.Storage.Files;

/// <summary>All chunks of a segment, by partition.</summary>
internal sealed class SegmentIndex
{
    private readonly ChunkList[] _lists;

    public SegmentIndex(int partitions)
    {
        _lists = new ChunkList[partitions];
        for (var i = 0; i < partitions; i++)
        {
            _lists[i] = new ChunkList();
        }
    }

    public int Partitions => _lists.Length;

    public ChunkList this[int partition] => _lists[partition];
}
