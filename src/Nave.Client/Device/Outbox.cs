using System.Buffers;
using Nave.Api;
using Nave.Mqtt;

namespace Nave.Client;

/// <summary>
/// The events of one device that wait or are unacknowledged. Bounded in messages, bytes and time; does no I/O; its owner's lock
/// guards it. Order is kept: what was sent before a connection broke goes out again first, marked as a duplicate.
/// </summary>
internal sealed class Outbox
{
    /// <summary>How much may be encoded ahead of the socket. Two large writes: more would only delay acknowledgements and methods.</summary>
    public const int MaxOutputBytes = 256 * 1024;

    private readonly MqttTopics _topics;
    private readonly DeviceClientOptions _options;
    private readonly MqttOutbound<SendOperation> _window;
    private readonly Queue<SendOperation> _waiting = new();
    private readonly Queue<SendOperation> _sent = new();
    private readonly ArrayBufferWriter<byte> _topic = new();
    private EventProperties? _topicProperties;
    private long _waitingBytes;

    public Outbox(MqttTopics topics, MqttPacketIds ids, DeviceClientOptions options)
    {
        _topics = topics;
        _options = options;
        _window = new MqttOutbound<SendOperation>(ids, options.MaxInFlight);
    }

    /// <summary>Gets how many events wait for the connection or the window.</summary>
    public int Waiting => _waiting.Count;

    /// <summary>Gets how many events are sent and unacknowledged.</summary>
    public int InFlight => _window.Count;

    /// <summary>Puts an event in the queue.</summary>
    /// <returns><see langword="null"/>, or why there is no room.</returns>
    public DeviceClientException? TryAdd(SendOperation operation)
    {
        if (_waiting.Count >= _options.MaxQueuedMessages)
        {
            return new DeviceClientException(
                DeviceClientError.QueueFull, $"{_waiting.Count} messages wait to be sent; {_options.MaxQueuedMessages} are permitted.");
        }

        if (_waitingBytes + operation.Bytes > _options.MaxQueuedBytes)
        {
            return new DeviceClientException(
                DeviceClientError.QueueFull,
                $"{_waitingBytes} bytes wait to be sent and the message has {operation.Bytes}; {_options.MaxQueuedBytes} are permitted.");
        }

        _waiting.Enqueue(operation);
        _waitingBytes += operation.Bytes;
        return null;
    }

    /// <summary>A connection begins: what is unacknowledged is to be sent again.</summary>
    public void StartConnection() => _window.StartRedelivery();

    /// <summary>Encodes as much as output and window have room for.</summary>
    /// <param name="output">The connection's buffer.</param>
    /// <param name="takeNew">Whether waiting events may start; <see langword="false"/> before a planned reconnect.</param>
    public void Pump(PooledBuffer output, bool takeNew)
    {
        while (output.Length < MaxOutputBytes && _window.TryRedeliver(out var id, out var again) && again is not null)
        {
            if (again.IsCompleted)
            {
                Remove(id);
            }
            else
            {
                Encode(output, again, id, duplicate: true);
            }
        }

        while (takeNew && output.Length < MaxOutputBytes && _waiting.TryPeek(out var next))
        {
            if (next.IsCompleted)
            {
                Dequeue();
                next.Release();
                continue;
            }

            if (!_window.TryAdd(next, out var packetId))
            {
                return;
            }

            Dequeue();

            // The window and the list by age hold it separately.
            next.Retain();
            _sent.Enqueue(next);
            Encode(output, next, packetId, duplicate: false);
        }
    }

    /// <summary>The hub acknowledged an event: it is durable.</summary>
    public void Acknowledge(ushort packetId)
    {
        if (_window.TryAcknowledge(packetId, out var operation) && operation is not null)
        {
            operation.Succeed();
            operation.Release();
            TrimSent();
        }
    }

    /// <summary>Fails what has waited too long.</summary>
    /// <param name="now">A time stamp of the client's clock.</param>
    public void Expire(long now)
    {
        while (_waiting.TryPeek(out var operation) && (operation.IsCompleted || operation.Deadline <= now))
        {
            Dequeue();
            operation.Fail(Timeout("was not sent: there was no connection, or the hub did not keep up"));
            operation.Release();
        }

        // A late acknowledgement still takes it out of the window; a new connection leaves it out.
        foreach (var operation in _sent)
        {
            if (operation.Deadline > now)
            {
                break;
            }

            operation.Fail(Timeout("was sent, but not acknowledged; it may have been stored"));
        }

        TrimSent();
    }

    /// <summary>The client ends: everything fails.</summary>
    public void FailAll(Exception reason)
    {
        while (_waiting.TryDequeue(out var waiting))
        {
            waiting.Fail(reason);
            waiting.Release();
        }

        _waitingBytes = 0;
        foreach (var sent in _sent)
        {
            sent.Fail(reason);
        }

        TrimSent();
    }

    private DeviceClientException Timeout(string what) =>
        new(DeviceClientError.TimedOut, $"The message {what} within {_options.MessageTimeout}.");

    private void Remove(ushort packetId)
    {
        if (_window.TryAcknowledge(packetId, out var operation))
        {
            operation?.Release();
        }
    }

    private void Dequeue() => _waitingBytes -= _waiting.Dequeue().Bytes;

    private void TrimSent()
    {
        while (_sent.TryPeek(out var oldest) && oldest.IsCompleted)
        {
            _sent.Dequeue();
            oldest.Release();
        }
    }

    private void Encode(PooledBuffer output, SendOperation operation, ushort packetId, bool duplicate)
    {
        // A sender's messages mostly share one set of properties; its topic is then made once.
        if (!ReferenceEquals(operation.Properties, _topicProperties))
        {
            _topic.ResetWrittenCount();
            _topic.Write(_topics.TelemetryPrefix);
            MqttPropertyBag.Encode(operation.Properties.Encoded.Span, _topic);
            _topicProperties = operation.Properties;
        }

        var publish = new MqttPublish
        {
            Topic = _topic.WrittenSpan,
            Payload = operation.Body.Span,
            PacketId = packetId,
            Qos = MqttQos.AtLeastOnce,
            Duplicate = duplicate,
        };
        publish.Encode(output, MqttVersion.V311, MqttSender.Client);
    }
}
