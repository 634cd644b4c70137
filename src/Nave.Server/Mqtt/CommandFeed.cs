using Microsoft.Extensions.Logging;
using Nave.Api;
using Nave.Hub;
using Nave.Hub.Commands;
using Nave.Hub.Connections;
using Nave.Mqtt;
using Nave.Server.Connections;
using Nave.Storage;

namespace Nave.Server.Mqtt;

/// <summary>
/// Brings cloud-to-device messages to one device: takes them from its queue as long as the window has room, and completes them when the
/// device acknowledges. What is not acknowledged goes back to the queue when the session ends, and is delivered again.
/// </summary>
internal sealed partial class CommandFeed(
    MqttContext context, Connection connection, IotHub hub, DeviceSession session, MqttTopics topics, MqttVersion version)
    : IThreadPoolWorkItem
{
    private const int Idle = 0;
    private const int Running = 1;
    private const int Again = 2;

    private readonly Lock _gate = new();
    private readonly Dictionary<ushort, Guid> _unacknowledged = [];
    private readonly MqttPacketIds _ids = new();
    private int _work;
    private volatile bool _allowed;
    private volatile MqttQos _qos;

    /// <summary>Gets how many messages may be unacknowledged.</summary>
    public required int Window { get; init; }

    /// <summary>Gets the largest packet that the client takes.</summary>
    public required int MaxPacketBytes { get; init; }

    /// <summary>Lets messages flow.</summary>
    public void Allow(MqttQos qos)
    {
        _qos = qos;
        _allowed = true;
    }

    /// <summary>Takes no further messages; those under way may still be acknowledged.</summary>
    public void Suspend() => _allowed = false;

    /// <summary>Ends the feed; the session gives back what it holds.</summary>
    public void Stop() => _allowed = false;

    /// <summary>Looks for messages, now or as soon as the present look is over.</summary>
    public void Offer()
    {
        while (true)
        {
            var work = Volatile.Read(ref _work);
            var next = work == Idle ? Running : Again;
            if (Interlocked.CompareExchange(ref _work, next, work) == work)
            {
                if (work == Idle)
                {
                    ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
                }

                return;
            }
        }
    }

    /// <summary>The device has a message: it is done. An identifier that is not in use is ignored.</summary>
    public void Acknowledge(ushort packetId)
    {
        Guid lockToken;
        lock (_gate)
        {
            if (!_unacknowledged.Remove(packetId, out lockToken))
            {
                return;
            }

            _ids.Release(packetId);
        }

        _ = CompleteAsync(lockToken);
        Offer();
    }

    /// <inheritdoc/>
    void IThreadPoolWorkItem.Execute() => _ = PumpAsync();

    private async Task PumpAsync()
    {
        try
        {
            do
            {
                Volatile.Write(ref _work, Running);
                while (CanSend() && await hub.CloudToDevice.ReceiveAsync(session.Principal.Id, session, null, CancellationToken.None) is { } message)
                {
                    await DeliverAsync(message);
                }
            }
            while (Interlocked.CompareExchange(ref _work, Idle, Running) != Running);
        }
        catch (StorageUnavailableException)
        {
            // The next message, acknowledgement or connection looks again.
            Volatile.Write(ref _work, Idle);
        }
        catch (Exception exception)
        {
            Log.PumpFailed(context.Logger, session.Principal.Id, exception);
            Volatile.Write(ref _work, Idle);
            connection.Close(CloseReason.ConnectionLost);
        }
    }

    // A device that does not read is not sent more: what waits for it stays in its durable queue.
    private bool CanSend()
    {
        lock (_gate)
        {
            return _allowed && session.IsOpen && _unacknowledged.Count < Window && !connection.IsStalled;
        }
    }

    private async ValueTask DeliverAsync(LockedMessage message)
    {
        var qos = _qos;
        var packetId = (ushort)0;
        if (qos == MqttQos.AtLeastOnce)
        {
            lock (_gate)
            {
                _ids.TryTake(out packetId);
                _unacknowledged.Add(packetId, message.LockToken);
            }
        }

        if (!TrySend(message, qos, packetId))
        {
            if (packetId != 0)
            {
                lock (_gate)
                {
                    _unacknowledged.Remove(packetId);
                    _ids.Release(packetId);
                }
            }

            await hub.CloudToDevice.RejectAsync(session.Principal.Id, message.LockToken, CancellationToken.None);
            Log.TooLarge(context.Logger, session.Principal.Id, MaxPacketBytes);
        }
        else if (qos == MqttQos.AtMostOnce)
        {
            await CompleteAsync(message.LockToken);
        }
    }

    // False only if the client has said that it takes no packet of this size.
    private bool TrySend(LockedMessage message, MqttQos qos, ushort packetId)
    {
        var topic = PacketScratch.Topic.Add(topics.CloudToDevicePrefix);
        MqttPropertyBag.Encode(CommandProperties.Of(message, session.Principal.Id), topic);
        var packet = PacketScratch.Packet;
        new MqttPublish { Topic = topic.WrittenSpan, Payload = message.Message.Body.Span, Qos = qos, PacketId = packetId }
            .Encode(packet, version, MqttSender.Server);
        if (packet.WrittenCount > MaxPacketBytes)
        {
            return false;
        }

        connection.Send(packet.WrittenSpan);
        return true;
    }

    private async Task CompleteAsync(Guid lockToken)
    {
        try
        {
            var completed = await hub.CloudToDevice.CompleteAsync(session.Principal.Id, lockToken, CancellationToken.None);
            if (!completed.IsSuccess)
            {
                Log.NotCompleted(context.Logger, session.Principal.Id, completed.Error.Code);
            }
        }
        catch (StorageUnavailableException)
        {
            Log.NotCompleted(context.Logger, session.Principal.Id, HubErrorCode.ServiceUnavailable);
        }
        catch (Exception exception)
        {
            Log.PumpFailed(context.Logger, session.Principal.Id, exception);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(40, LogLevel.Error, "Messages to {Id} cannot be delivered.")]
        public static partial void PumpFailed(ILogger logger, IdentityId id, Exception exception);

        [LoggerMessage(41, LogLevel.Debug, "A message that {Id} has acknowledged was not completed ({Code}); it may be delivered again.")]
        public static partial void NotCompleted(ILogger logger, IdentityId id, HubErrorCode code);

        [LoggerMessage(42, LogLevel.Debug, "A message to {Id} was rejected: the client takes packets of at most {Bytes} bytes.")]
        public static partial void TooLarge(ILogger logger, IdentityId id, int bytes);
    }
}
