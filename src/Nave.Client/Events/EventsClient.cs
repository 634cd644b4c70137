using System.Globalization;
using System.Runtime.CompilerServices;
using Nave.Api;

namespace Nave.Client;

/// <summary>
/// Reads an event stream over AMQP, of Nave or of Azure: the Event Hubs-compatible endpoint of a hub, or any event hub. Thread-safe. One connection
/// serves all that is read at the same time; when it is lost it is opened again, and each partition is read on behind the last event that came:
/// within one enumeration none is left out and none comes twice. If the stream of that name has become another meanwhile (a failover, a hub made
/// anew), reading goes on from the time of the last event.
/// </summary>
public sealed class EventsClient : IAsyncDisposable
{
    // After such a silence a reader that reads to the end looks whether its end is still there: retention may have taken it.
    private static readonly TimeSpan s_endCheck = TimeSpan.FromSeconds(2);

    private readonly EventStream _stream;
    private readonly AmqpClientOptions _options;

    private EventsClient(EventHubConnectionString? direct, IotHubConnectionString? hub, AmqpClientOptions options)
    {
        options.Validate();
        _options = options;
        _stream = new EventStream(direct, hub, options, OnChanged);
    }

    /// <summary>Tells when the connection is opened and lost. Handlers must not block.</summary>
    public event EventHandler<DeviceConnectionChange>? ConnectionChanged;

    /// <summary>Makes a client of an event hub; nothing is opened yet.</summary>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public static EventsClient Create(EventHubConnectionString connectionString, AmqpClientOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(connectionString);
        return new EventsClient(connectionString, null, options ?? new());
    }

    /// <summary>Makes a client of an IoT hub's events; where they are the hub is asked.</summary>
    /// <param name="connectionString">Of a service: with SharedAccessKeyName and the right ServiceConnect.</param>
    /// <param name="options">The options.</param>
    /// <exception cref="ArgumentException">The connection string is of a device, or an option is out of range.</exception>
    public static EventsClient Create(IotHubConnectionString connectionString, AmqpClientOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(connectionString);
        return connectionString.DeviceId is null
            ? new EventsClient(null, connectionString, options ?? new())
            : throw new ArgumentException("The connection string has a DeviceId: it is a device's.", nameof(connectionString));
    }

    /// <summary>Asks for the stream's partitions.</summary>
    /// <exception cref="AmqpPeerException">It cannot be reached, or refuses.</exception>
    public async Task<EventHubProperties> GetPropertiesAsync(CancellationToken cancellationToken = default)
    {
        var connection = await _stream.ConnectAsync(cancellationToken).ConfigureAwait(false);
        return await connection.Management.GetHubAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Asks what a partition holds.</summary>
    /// <exception cref="AmqpPeerException">There is none of that id, or the stream cannot be reached, or refuses.</exception>
    public async Task<PartitionProperties> GetPartitionPropertiesAsync(string partitionId, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(partitionId);
        var connection = await _stream.ConnectAsync(cancellationToken).ConfigureAwait(false);
        return await connection.Management.GetPartitionAsync(partitionId, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reads events, in the order of each partition.</summary>
    /// <param name="options">Which.</param>
    /// <param name="cancellationToken">Ends the reading at once.</param>
    /// <exception cref="AmqpPeerException">
    /// It cannot be reached at the first attempt; it refuses; another reader has taken a partition. What came before is handed out first.
    /// </exception>
    public async IAsyncEnumerable<ReceivedEvent> ReadAsync(EventReadOptions options, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var batch in ReadBatchesAsync(options, cancellationToken).ConfigureAwait(false))
        {
            foreach (var received in batch)
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return received;
            }
        }
    }

    /// <summary>
    /// Reads events in batches of one partition each, as they have come: for readers that commit what they did batch by batch. A batch is done with when
    /// the next is asked for.
    /// </summary>
    /// <param name="options">Which.</param>
    /// <param name="cancellationToken">Ends the reading at once.</param>
    /// <exception cref="AmqpPeerException">As of <see cref="ReadAsync"/>.</exception>
    public async IAsyncEnumerable<IReadOnlyList<ReceivedEvent>> ReadBatchesAsync(
        EventReadOptions options, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        var partitions = options.PartitionIds ?? (await RetryFirstAsync(GetPropertiesAsync, cancellationToken).ConfigureAwait(false)).PartitionIds;
        if (options.UntilEnd)
        {
            // Every end is noted before any is read to: what comes meanwhile is not wanted.
            var ends = new List<PartitionProperties>();
            foreach (var id in partitions)
            {
                ends.Add(await RetryFirstAsync(token => GetPartitionPropertiesAsync(id, token), cancellationToken).ConfigureAwait(false));
            }

            foreach (var end in ends)
            {
                await foreach (var batch in ReadToEndAsync(options, end, cancellationToken).ConfigureAwait(false))
                {
                    yield return batch;
                }
            }

            yield break;
        }

        await using var run = new EventRun(_stream, options, [.. partitions.Select(id => new PartitionStart(id, StartOf(options, id)))]);
        while (true)
        {
            yield return await run.NextAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Closes the connection. Whoever still reads fails.</summary>
    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    private static EventPosition StartOf(EventReadOptions options, string partitionId) =>
        options.Starts?.GetValueOrDefault(partitionId) ?? options.Start;

    // Whether there is anything between a start and the newest event, as far as can be told without reading.
    private static bool IsBehind(EventPosition start, PartitionProperties end) =>
        end.IsEmpty
        || start.IsLatest
        || start.BeforeSequence >= end.LastEnqueuedSequenceNumber
        || start.TimeMs > end.LastEnqueuedTime.ToUnixTimeMilliseconds()
        || (start.AfterOffset is { } offset && TryParse(offset, out var after) && TryParse(end.LastEnqueuedOffset, out var last) && after >= last);

    // Offsets are opaque, but those that are numbers grow.
    private static bool TryParse(string offset, out long number) => long.TryParse(offset, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);

    private async IAsyncEnumerable<IReadOnlyList<ReceivedEvent>> ReadToEndAsync(
        EventReadOptions options, PartitionProperties end, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var start = StartOf(options, end.Id);
        if (IsBehind(start, end))
        {
            yield break;
        }

        await using var run = new EventRun(_stream, options, [new PartitionStart(end.Id, start, end.LastEnqueuedSequenceNumber)]);
        Task<IReadOnlyList<ReceivedEvent>>? next = null;
        while (true)
        {
            next ??= run.NextAsync(cancellationToken).AsTask();
            if (!next.IsCompleted && await Task.WhenAny(next, Task.Delay(s_endCheck, _options.TimeProvider, cancellationToken)).ConfigureAwait(false) != next)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (await IsGoneAsync(end, start, cancellationToken).ConfigureAwait(false) && !next.IsCompleted)
                {
                    yield break;
                }

                continue;
            }

            var batch = await next.ConfigureAwait(false);
            next = null;
            yield return batch;
            if (batch[^1].SequenceNumber >= end.LastEnqueuedSequenceNumber)
            {
                yield break;
            }
        }
    }

    private async Task<bool> IsGoneAsync(PartitionProperties end, EventPosition start, CancellationToken cancellationToken)
    {
        try
        {
            var now = await GetPartitionPropertiesAsync(end.Id, cancellationToken).ConfigureAwait(false);

            // A stream that counts finer than the wire may have its last event in the very millisecond, but before the start.
            return now.IsEmpty || now.BeginSequenceNumber > end.LastEnqueuedSequenceNumber || now.LastEnqueuedSequenceNumber < end.LastEnqueuedSequenceNumber
                || start.TimeMs == end.LastEnqueuedTime.ToUnixTimeMilliseconds();
        }
        catch (AmqpPeerException e) when (e.IsTransient)
        {
            return false;
        }
    }

    private async Task<T> RetryFirstAsync<T>(Func<CancellationToken, Task<T>> ask, CancellationToken cancellationToken)
    {
        var backoff = _stream.NewBackoff();
        while (true)
        {
            try
            {
                return await ask(cancellationToken).ConfigureAwait(false);
            }
            catch (AmqpPeerException e) when (e.IsTransient && _options.RetryFirstConnect)
            {
                await Task.Delay(backoff.Next(), _options.TimeProvider, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private void OnChanged(DeviceConnectionState state, Exception? reason) =>
        ConnectionChanged?.Invoke(this, new DeviceConnectionChange(state, _options.TimeProvider.GetUtcNow(), reason));
}
