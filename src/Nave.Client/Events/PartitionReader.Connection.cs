using System.Globalization;
using Nave.Amqp;

namespace Nave.Client;

/// <content>The link: attached, kept, attached again.</content>
internal sealed partial class PartitionReader
{
    // A link that held this long was not refused.
    private static readonly TimeSpan s_stableAfter = TimeSpan.FromSeconds(10);

    // Source: the most that Event Hubs has in any tier, 20 MiB, and what it adds to that.
    private const ulong MaxEventBytes = 21 << 20;

    private EventPosition _start = start.Start;
    private bool _everAttached;
    private int _generation;

    /// <summary>Reads until the last event that is wanted has come.</summary>
    /// <exception cref="AmqpPeerException">It cannot be read: refused, stolen, or not reached at the first attempt.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var backoff = stream.NewBackoff();
        while (!_isDone)
        {
            var time = stream.Time;
            var began = time.GetTimestamp();
            AmqpPeerException reason;
            try
            {
                reason = await ReadAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (AmqpPeerException e)
            {
                reason = e;
            }

            if (_isDone)
            {
                return;
            }

            if (!reason.IsTransient || (!_everAttached && !stream.RetriesFirst))
            {
                throw reason;
            }

            if (time.GetElapsedTime(began) >= s_stableAfter)
            {
                backoff.Reset();
            }

            await Task.Delay(backoff.Next(), time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Attaches, and reads until the link ends.</summary>
    /// <returns>Why it ended.</returns>
    private async Task<AmqpPeerException> ReadAsync(CancellationToken cancellationToken)
    {
        var connection = await stream.ConnectAsync(cancellationToken).ConfigureAwait(false);
        await SetStartAsync(connection, cancellationToken).ConfigureAwait(false);
        var peer = connection.Peer;
        var (attached, ended) = Attach(connection);
        await using var cancelled = cancellationToken.Register(() => Leave(peer, new AmqpPeerException(AmqpPeerError.NotConnected, "The reader went away.")));
        try
        {
            await attached.WaitAsync(stream.OperationTimeout, stream.Time, cancellationToken).ConfigureAwait(false);
            _everAttached = true;
        }
        catch (TimeoutException)
        {
            Leave(peer, new AmqpPeerException(
                AmqpPeerError.TimedOut, $"{stream.HostName} did not attach partition {start.PartitionId} within {stream.OperationTimeout}."));
        }

        var reason = await ended.ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        return reason;
    }

    /// <summary>
    /// Turns "latest" into a sequence number, so that a connection that is lost before the first event loses none; and finds out whether numbers
    /// still mean what they meant: another stream of the same name, as after a failover, is read on from the time of the last event.
    /// </summary>
    private async Task SetStartAsync(EventStreamConnection connection, CancellationToken cancellationToken)
    {
        if (_last is null && !_start.IsLatest)
        {
            return;
        }

        var partition = await connection.Management.GetPartitionAsync(start.PartitionId, cancellationToken).ConfigureAwait(false);
        if (_last is null)
        {
            _start = partition.LastEnqueuedSequenceNumber < 0 ? EventPosition.Earliest : EventPosition.FromSequenceNumber(partition.LastEnqueuedSequenceNumber);
        }
        else if (partition.LastEnqueuedSequenceNumber < _last || (_generation != 0 && connection.Generation != _generation))
        {
            _start = EventPosition.FromTime(DateTimeOffset.FromUnixTimeMilliseconds(_lastEnqueuedMs + 1));
            _last = null;
        }

        _generation = connection.Generation;
    }

    private (Task Attached, Task<AmqpPeerException> Ended) Attach(EventStreamConnection connection)
    {
        var peer = connection.Peer;
        lock (peer.Gate)
        {
            _generation = connection.Generation;
            _attached = Signal();
            _ended = new TaskCompletionSource<AmqpPeerException>(TaskCreationOptions.RunContinuationsAsynchronously);
            Volatile.Write(ref _peer, peer);
            try
            {
                // A session of its own: what one partition may not send yet holds up no other.
                _link = peer.Engine.Begin().AttachReceiver(Describe(connection.Name), this, credit: 0);
                peer.Flush();
            }
            catch (InvalidOperationException e)
            {
                End(peer.Fault ?? new AmqpPeerException(AmqpPeerError.NotConnected, $"No link to {stream.HostName}: {e.Message}", inner: e));
            }

            return (_attached.Task, _ended.Task);
        }
    }

    private AmqpAttach Describe(string streamName)
    {
        const string FilterName = "apache.org:selector-filter:string";
        var name = Guid.NewGuid().ToString("N");
        var properties = AmqpMap.Fields(("com.microsoft:receiver-name", name));
        if (options.OwnerLevel is { } level)
        {
            properties.Add(AmqpValue.Symbol("com.microsoft:epoch"), level);
        }

        return new AmqpAttach
        {
            Name = name,
            Source = new AmqpSource
            {
                Address = string.Create(CultureInfo.InvariantCulture, $"{streamName}/ConsumerGroups/{options.ConsumerGroup}/Partitions/{start.PartitionId}"),
                Filter = AmqpMap.Fields((FilterName, new AmqpDescribed(AmqpValue.Symbol(FilterName), Filter))),
            },
            Target = new AmqpTarget { Address = name },
            SenderSettleMode = AmqpSenderSettleMode.Settled,
            MaxMessageSize = MaxEventBytes,
            Properties = properties,
        };
    }

    private void Leave(AmqpPeer peer, AmqpPeerException reason)
    {
        lock (peer.Gate)
        {
            if (ReferenceEquals(peer, _peer))
            {
                End(reason);
                peer.Flush();
            }
        }
    }
}
