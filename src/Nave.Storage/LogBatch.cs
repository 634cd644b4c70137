using System.Buffers;

namespace Nave.Storage;

/// <summary>Records that were read together. Disposing it gives their memory back.</summary>
public sealed class LogBatch(IReadOnlyList<LogRecord> records, long nextSequence, IMemoryOwner<byte>? memory) : IDisposable
{
    /// <summary>Gets the records in sequence order; there is a gap only where stored bytes were found damaged.</summary>
    public IReadOnlyList<LogRecord> Records { get; } = records;

    /// <summary>Gets where the next read goes on.</summary>
    public long NextSequence { get; } = nextSequence;

    /// <inheritdoc/>
    public void Dispose() => memory?.Dispose();
}
