using System.Buffers;
using System.IO.Pipelines;
using Nave.Api;
using Nave.Hub.Telemetry;
using Nave.Storage;

namespace Nave.Server.Http.Own;

/// <summary>Writes events as they are stored, each behind a short head (<see cref="EventFrame"/>): nothing is decoded or encoded.</summary>
internal sealed class EventFrames(PipeWriter output) : IEventForm
{
    private const int ReadBytes = 256 * 1024;

    // A slow reader holds this much in the pipe, and then its partitions are read no further.
    private const int FlushBytes = 64 * 1024;

    private readonly SemaphoreSlim _turn = new(1);
    private readonly ArrayBufferWriter<byte> _buffer = new(FlushBytes + (4 * 1024));

    /// <inheritdoc/>
    public async Task<long> CopyAsync(EventReader events, int partition, long from, long end, CancellationToken cancellationToken)
    {
        using var batch = await events.ReadRecordsAsync(partition, from, ReadBytes, cancellationToken);
        await _turn.WaitAsync(cancellationToken);
        try
        {
            for (var next = 0; next < batch.Records.Count;)
            {
                next = Fill(partition, batch.Records, next, end);
                if (_buffer.WrittenCount > 0)
                {
                    await output.WriteWholeAsync(_buffer.WrittenMemory, cancellationToken);
                    _buffer.ResetWrittenCount();
                }
            }
        }
        finally
        {
            _turn.Release();
        }

        return batch.NextSequence;
    }

    public void Dispose() => _turn.Dispose();

    private int Fill(int partition, IReadOnlyList<LogRecord> records, int next, long end)
    {
        for (; next < records.Count && _buffer.WrittenCount < FlushBytes; next++)
        {
            var record = records[next];
            if (record.SequenceNumber >= end)
            {
                return records.Count;
            }

            var data = record.Data.Span;
            var target = _buffer.GetSpan(EventFrame.HeadBytes + data.Length);
            EventFrame.WriteHead(target, partition, record.SequenceNumber, record.Offset, record.Enqueued.ToUnixTimeMilliseconds(), data.Length);
            data.CopyTo(target[EventFrame.HeadBytes..]);
            _buffer.Advance(EventFrame.HeadBytes + data.Length);
        }

        return next;
    }
}
