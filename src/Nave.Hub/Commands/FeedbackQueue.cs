using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json;
using Nave.Api;
using Nave.Storage;

namespace Nave.Hub.Commands;

/// <summary>
/// Feedback that nobody has fetched yet: in the store, with an index of when each record ends in memory. Bounded by count and
/// by age; what is too much or too old is dropped, oldest first. Thread-safe.
/// </summary>
internal sealed class FeedbackQueue
{
    /// <summary>The collection: key = sequence number, body = ticks (8 bytes, little-endian) and the JSON.</summary>
    public const string Collection = "c2d-feedback";

    // Wire facts 7.2.4: one hour.
    private static readonly TimeSpan s_timeToLive = TimeSpan.FromHours(1);

    // About 100 bytes each in memory; at one a second for each of 30 devices, an hour's worth.
    private const int MaxRecords = 100_000;

    private readonly IStateStore _store;
    private readonly SteadyClock _clock;
    private readonly Lock _lock = new();
    private readonly Queue<(long Sequence, long Deadline)> _waiting = new();

    private FeedbackQueue(IStateStore store, SteadyClock clock)
    {
        _store = store;
        _clock = clock;
    }

    /// <summary>Reads what waits.</summary>
    public static async Task<FeedbackQueue> OpenAsync(IStateStore store, SteadyClock clock, CancellationToken cancellationToken)
    {
        var queue = new FeedbackQueue(store, clock);
        await foreach (var document in store.ScanAsync(new StateScan(Collection), cancellationToken).ConfigureAwait(false))
        {
            queue._waiting.Enqueue((SequenceOf(document.Key), clock.DeadlineOf(EnqueuedOf(document.Body) + s_timeToLive)));
        }

        return queue;
    }

    /// <summary>Adds a record to the transaction that ends a message.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="sequence">The record's sequence number.</param>
    /// <param name="id">Whose message.</param>
    /// <param name="message">The message.</param>
    /// <param name="status">How it ended.</param>
    /// <param name="now">When.</param>
    public static void Add(StateTransaction transaction, long sequence, IdentityId id, QueuedMessage message, FeedbackStatus status, DateTimeOffset now)
    {
        var body = new ArrayBufferWriter<byte>(256);
        BinaryPrimitives.WriteInt64LittleEndian(body.GetSpan(sizeof(long)), now.UtcTicks);
        body.Advance(sizeof(long));
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteString("originalMessageId"u8, message.MessageId);
            json.WriteString("enqueuedTimeUtc"u8, WireTime.Format(now));
            json.WriteString("statusCode"u8, status.ToString());
            json.WriteString("description"u8, status.ToString());
            json.WriteString("deviceId"u8, id.DeviceId);
            if (id.ModuleId is not null)
            {
                json.WriteString("moduleId"u8, id.ModuleId);
            }

            json.WriteString("deviceGenerationId"u8, message.GenerationId);
            json.WriteEndObject();
        }

        transaction.Put(Collection, KeyOf(sequence), body.WrittenSpan.ToArray());
    }

    /// <summary>Takes note of a record that was stored.</summary>
    public void Added(long sequence)
    {
        lock (_lock)
        {
            _waiting.Enqueue((sequence, _clock.In(s_timeToLive)));
        }
    }

    /// <summary>Reads the oldest records.</summary>
    public async ValueTask<IReadOnlyList<FeedbackRecord>> ReadAsync(int maxCount, CancellationToken cancellationToken)
    {
        var records = new List<FeedbackRecord>();
        await foreach (var document in _store.ScanAsync(new StateScan(Collection) { Limit = maxCount }, cancellationToken).ConfigureAwait(false))
        {
            records.Add(new FeedbackRecord(SequenceOf(document.Key), EnqueuedOf(document.Body), document.Body[sizeof(long)..]));
        }

        return records;
    }

    /// <summary>Removes records that were fetched.</summary>
    public async ValueTask RemoveAsync(IEnumerable<long> sequences, CancellationToken cancellationToken)
    {
        var transaction = new StateTransaction();
        foreach (var sequence in sequences)
        {
            transaction.Delete(Collection, KeyOf(sequence));
        }

        if (transaction.Writes.Count > 0)
        {
            await _store.CommitAsync(transaction, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Removes what is too old or too much.</summary>
    public async ValueTask SweepAsync(CancellationToken cancellationToken)
    {
        var ended = new List<long>();
        lock (_lock)
        {
            var now = _clock.Now;
            while (_waiting.TryPeek(out var oldest) && (oldest.Deadline <= now || _waiting.Count > MaxRecords))
            {
                ended.Add(_waiting.Dequeue().Sequence);
            }
        }

        foreach (var batch in ended.Chunk(500))
        {
            await RemoveAsync(batch, cancellationToken).ConfigureAwait(false);
        }
    }

    private static string KeyOf(long sequence) => sequence.ToString("D20", CultureInfo.InvariantCulture);

    private static long SequenceOf(string key) => long.Parse(key, CultureInfo.InvariantCulture);

    private static DateTimeOffset EnqueuedOf(ReadOnlyMemory<byte> body) => new(StoredNumber.Read(body.Span, Collection, DateTime.MaxValue.Ticks), TimeSpan.Zero);
}
