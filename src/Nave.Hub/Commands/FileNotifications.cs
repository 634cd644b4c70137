using System.Buffers;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Nave.Api;
using Nave.Storage;

namespace Nave.Hub.Commands;

/// <summary>Notifications of uploaded files: a durable queue from which services read.</summary>
public sealed class FileNotifications : IAsyncDisposable
{
    private const string Sequences = "file-notification-sequences";

    private readonly IStateStore _store;
    private readonly TimeProvider _time;
    private readonly SequenceBlocks _sequences;

    private FileNotifications(IStateStore store, TimeProvider time, SequenceBlocks sequences, ServiceInbox queue)
    {
        _store = store;
        _time = time;
        _sequences = sequences;
        Queue = queue;
    }

    /// <summary>Gets the notifications that wait.</summary>
    public ServiceInbox Queue { get; }

    /// <summary>Queues a notification; durable once the task ends.</summary>
    /// <exception cref="StorageUnavailableException">The store takes no writes.</exception>
    public async ValueTask EnqueueAsync(FileNotification notification, CancellationToken cancellationToken)
    {
        long sequence;
        while (!_sequences.TryNext(out sequence))
        {
            await _sequences.ReserveAsync(cancellationToken).ConfigureAwait(false);
        }

        var now = _time.GetUtcNow();
        var transaction = new StateTransaction();
        Queue.Add(transaction, sequence, now, Encode(notification, now).Span);
        await _store.CommitAsync(transaction, CancellationToken.None).ConfigureAwait(false);
        Queue.Added(sequence, deviceId: null);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Queue.DisposeAsync();

    /// <summary>Reads what waits.</summary>
    internal static async Task<FileNotifications> OpenAsync(IStateStore store, TimeProvider time, ILogger<FileNotifications> logger, CancellationToken cancellationToken)
    {
        var sequences = await SequenceBlocks.OpenAsync(store, Sequences, cancellationToken).ConfigureAwait(false);

        // A file outlives its device, and so does the notification.
        var queue = await ServiceInbox.OpenAsync(
            ServiceInboxSettings.FileNotifications, store, time, new SteadyClock(time), logger, static _ => null, cancellationToken).ConfigureAwait(false);
        return new FileNotifications(store, time, sequences, queue);
    }

    private static ReadOnlyMemory<byte> Encode(FileNotification notification, DateTimeOffset now)
    {
        var record = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(record))
        {
            json.WriteStartObject();
            json.WriteString("deviceId"u8, notification.DeviceId);
            json.WriteString("blobUri"u8, notification.BlobUri.AbsoluteUri);
            json.WriteString("blobName"u8, notification.BlobName);
            json.WriteString("lastUpdatedTime"u8, WireTime.Format(notification.LastUpdated));
            json.WriteNumber("blobSizeInBytes"u8, notification.SizeInBytes);
            json.WriteString("enqueuedTimeUtc"u8, WireTime.Format(now));
            json.WriteEndObject();
        }

        return record.WrittenMemory;
    }
}
