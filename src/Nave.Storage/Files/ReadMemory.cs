using System.Buffers;
using System.Collections;

namespace Nave.Storage.Files;

/// <summary>The memory of one <see cref="LogBatch"/>: bytes and records, both from pools.</summary>
internal sealed class ReadMemory(int bytes) : IMemoryOwner<byte>, IReadOnlyList<LogRecord>
{
    private byte[]? _bytes = ArrayPool<byte>.Shared.Rent(bytes);
    private LogRecord[] _records = ArrayPool<LogRecord>.Shared.Rent(64);

    public Memory<byte> Memory => _bytes;

    public int Count { get; private set; }

    public LogRecord this[int index]
    {
        get
        {
            ObjectDisposedException.ThrowIf(_bytes is null, typeof(LogBatch));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
            return _records[index];
        }
    }

    public void Add(in LogRecord record)
    {
        if (Count == _records.Length)
        {
            var larger = ArrayPool<LogRecord>.Shared.Rent(Count * 2);
            _records.AsSpan(0, Count).CopyTo(larger);
            ArrayPool<LogRecord>.Shared.Return(_records);
            _records = larger;
        }

        _records[Count++] = record;
    }

    public IEnumerator<LogRecord> GetEnumerator()
    {
        for (var i = 0; i < Count; i++)
        {
            yield return this[i];
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _bytes, null) is { } array)
        {
            ArrayPool<byte>.Shared.Return(array);
            ArrayPool<LogRecord>.Shared.Return(_records);
            _records = [];
            Count = 0;
        }
    }
}
