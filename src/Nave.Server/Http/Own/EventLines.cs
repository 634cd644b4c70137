using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text.Encodings.Web;
using System.Text.Json;
using Nave.Api;
using Nave.Hub.Telemetry;

namespace Nave.Server.Http.Own;

/// <summary>Writes lines of several partitions to one response.</summary>
internal sealed class EventLines(PipeWriter output, string? deviceId) : IEventForm
{
    private const int ReadBytes = 256 * 1024;

    // A slow reader holds this much in the pipe, and then its partitions are read no further.
    private const int FlushBytes = 64 * 1024;

    private readonly SemaphoreSlim _turn = new(1);
    private readonly ArrayBufferWriter<byte> _buffer = new();
    // The lines go to people and programs, never into HTML: text stays as it was sent.
    private readonly Utf8JsonWriter _json = new(Stream.Null, new JsonWriterOptions { SkipValidation = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    /// <inheritdoc/>
    public async Task<long> CopyAsync(EventReader events, int partition, long from, long end, CancellationToken cancellationToken)
    {
        var batch = await events.ReadAsync(partition, from, ReadBytes, cancellationToken);
        if (batch.Count == 0)
        {
            return from;
        }

        await WriteAsync(batch, end, cancellationToken);
        return batch[^1].SequenceNumber + 1;
    }

    private async Task WriteAsync(IReadOnlyList<StoredEvent> events, long end, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            foreach (var item in events)
            {
                if (item.SequenceNumber >= end || (deviceId is not null && item.Device.DeviceId != deviceId))
                {
                    continue;
                }

                _json.Reset(_buffer);
                EventJson.Write(_json, LineOf(item));
                _json.Flush();
                _buffer.Write("\n"u8);
                if (_buffer.WrittenCount >= FlushBytes)
                {
                    await FlushAsync(cancellationToken);
                }
            }

            await FlushAsync(cancellationToken);
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose()
    {
        _turn.Dispose();
        _json.Dispose();
    }

    private static EventLine LineOf(StoredEvent item) => new()
    {
        Partition = item.Partition,
        SequenceNumber = item.SequenceNumber,
        Offset = item.Offset.ToString(CultureInfo.InvariantCulture),
        EnqueuedTime = item.Enqueued,
        DeviceId = item.Device.DeviceId,
        ModuleId = item.Device.ModuleId,
        Source = item.Source,
        AuthMethod = item.AuthMethod,
        GenerationId = item.GenerationId,
        Properties = item.Properties,
        Body = item.Body,
    };

    private async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        if (_buffer.WrittenCount > 0)
        {
            await output.WriteWholeAsync(_buffer.WrittenMemory, cancellationToken);
            _buffer.ResetWrittenCount();
        }
    }
}
