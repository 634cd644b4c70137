using System.Threading.Channels;
using Nave.Api;
using Nave.Mqtt;

namespace Nave.Client;

/// <content>What the hub sends: messages, methods, desired properties.</content>
public sealed partial class DeviceClient
{
    // A hub keeps at most 50 messages for a device (wire facts 16.4).
    private const int MaxWaitingMessages = 64;
    private const int MaxWaitingChanges = 64;

    // Far above what one device handles at a time; the next is answered 429.
    private const int MaxMethods = 64;

    private HandlerPump<ReceivedMessage>? _messages;
    private HandlerPump<DesiredChange>? _changes;
    private Func<DeviceMethodCall, CancellationToken, ValueTask<DirectMethodResponse>>? _methodHandler;
    private int _methods;

    /// <summary>Receives cloud-to-device messages (a module: messages at its inputs), one after the other.</summary>
    /// <param name="handler">
    /// When its task completes, the message is acknowledged and gone. When it throws, it is not, and comes again on the next connection.
    /// </param>
    /// <param name="cancellationToken">Ends the waiting for the subscription.</param>
    /// <exception cref="InvalidOperationException">There is a handler already.</exception>
    public Task SetMessageHandlerAsync(Func<DeviceMessage, CancellationToken, Task> handler, CancellationToken cancellationToken = default)
    {
        lock (_gate)
        {
            RequireUnset(_messages, "messages");
            _messages = new HandlerPump<ReceivedMessage>(
                MaxWaitingMessages, BoundedChannelFullMode.Wait, (item, token) => HandleMessageAsync(handler, item, token), _stop.Token);
        }

        return SubscribeAsync(Id.IsModule ? _topics.ModuleInputFilter : _topics.CloudToDeviceFilter, MqttQos.AtLeastOnce, cancellationToken);
    }

    /// <summary>Answers direct methods; several may run at a time.</summary>
    /// <param name="handler">Its result is the answer; when it throws, the answer is status 500.</param>
    /// <param name="cancellationToken">Ends the waiting for the subscription.</param>
    /// <exception cref="InvalidOperationException">There is a handler already.</exception>
    public Task SetMethodHandlerAsync(
        Func<DeviceMethodCall, CancellationToken, ValueTask<DirectMethodResponse>> handler, CancellationToken cancellationToken = default)
    {
        lock (_gate)
        {
            RequireUnset(_methodHandler, "methods");
            _methodHandler = handler;
        }

        return SubscribeAsync(MqttTopics.MethodFilter, MqttQos.AtMostOnce, cancellationToken);
    }

    /// <summary>Receives changes of desired properties, one after the other. Those missed while away are not repeated: get the twin after each connect.</summary>
    /// <param name="handler">What it throws is logged. If more than 64 changes wait for it, the oldest are left out.</param>
    /// <param name="cancellationToken">Ends the waiting for the subscription.</param>
    /// <exception cref="InvalidOperationException">There is a handler already.</exception>
    public Task SetDesiredHandlerAsync(Func<DesiredChange, CancellationToken, Task> handler, CancellationToken cancellationToken = default)
    {
        lock (_gate)
        {
            RequireUnset(_changes, "desired properties");
            _changes = new HandlerPump<DesiredChange>(
                MaxWaitingChanges, BoundedChannelFullMode.DropOldest, (item, token) => HandleChangeAsync(handler, item, token), _stop.Token);
        }

        return SubscribeAsync(MqttTopics.DesiredPatchFilter, MqttQos.AtMostOnce, cancellationToken);
    }

    private static void RequireUnset(object? handler, string what)
    {
        if (handler is not null)
        {
            throw new InvalidOperationException($"There is a handler of {what} already.");
        }
    }

    private static void Acknowledge(MqttConnection connection, ushort packetId)
    {
        if (packetId != 0)
        {
            connection.Output.Advance(MqttAck.WritePubAck(connection.Output.GetSpan(MqttAck.PubAckSize), packetId));
        }
    }

    private void ReceivePublish(MqttConnection connection, MqttPublish publish)
    {
        var match = _topics.ParseReceived(publish.Topic);
        switch (match.Kind)
        {
            case MqttTopicKind.CloudToDevice or MqttTopicKind.ModuleInput:
                ReceiveMessage(connection, match, publish);
                return;
            case MqttTopicKind.TwinResponse:
                ReceiveTwinReply(match, publish.Payload);
                break;
            case MqttTopicKind.DesiredPatch:
                _changes?.TryAdd(new DesiredChange(match.Version ?? 0, RawJson.FromTrusted(publish.Payload.ToArray())));
                break;
            case MqttTopicKind.MethodCall:
                ReceiveMethod(connection, match, publish.Payload);
                break;
            default:
                Log.LeftOut(_options.Logger, _name, "its topic is none of a device's");
                break;
        }

        Acknowledge(connection, publish.PacketId);
    }

    private void ReceiveMessage(MqttConnection connection, in MqttTopicMatch match, in MqttPublish publish)
    {
        var writer = new EventPropertiesWriter();
        if (!MqttPropertyBag.TryDecode(match.Bag, writer))
        {
            throw new MqttProtocolException(MqttReason.MalformedPacket, "The property bag of a message is malformed.");
        }

        var input = match.Kind == MqttTopicKind.ModuleInput && PercentEncoding.TryDecodeToString(match.Name, out var name) ? name : null;
        var message = new DeviceMessage(writer.ToProperties(), publish.Payload.ToArray(), input);
        if (_messages?.TryAdd(new ReceivedMessage(message, publish.PacketId, connection)) != true)
        {
            // Unacknowledged, it comes again on the next connection.
            Log.LeftOut(_options.Logger, _name, "no handler, or too many messages wait for it");
        }
    }

    private async Task HandleMessageAsync(Func<DeviceMessage, CancellationToken, Task> handler, ReceivedMessage item, CancellationToken cancellationToken)
    {
        try
        {
            await handler(item.Message, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Log.HandlerFailed(_options.Logger, _name, "messages", e);
            return;
        }

        lock (_gate)
        {
            // An acknowledgement belongs to the connection that brought the message.
            if (ReferenceEquals(_connection, item.Connection))
            {
                Acknowledge(item.Connection, item.PacketId);
                item.Connection.RequestFlush();
            }
        }
    }

    private async Task HandleChangeAsync(Func<DesiredChange, CancellationToken, Task> handler, DesiredChange change, CancellationToken cancellationToken)
    {
        try
        {
            await handler(change, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Log.HandlerFailed(_options.Logger, _name, "desired properties", e);
        }
    }

    private void ReceiveMethod(MqttConnection connection, in MqttTopicMatch match, ReadOnlySpan<byte> payload)
    {
        var requestId = match.RequestId.ToArray();
        if (_methodHandler is null || !PercentEncoding.TryDecodeToString(match.Name, out var name))
        {
            PublishMethodResponse(connection, requestId, new DirectMethodResponse { Status = 404 });
        }
        else if (_methods >= MaxMethods)
        {
            PublishMethodResponse(connection, requestId, new DirectMethodResponse { Status = 429 });
        }
        else
        {
            _methods++;
            var call = new DeviceMethodCall(name, RawJson.FromTrusted(payload.ToArray()));
            _ = Task.Run(() => HandleMethodAsync(_methodHandler, connection, requestId, call), _stop.Token);
        }
    }

    private async Task HandleMethodAsync(
        Func<DeviceMethodCall, CancellationToken, ValueTask<DirectMethodResponse>> handler, MqttConnection connection, byte[] requestId, DeviceMethodCall call)
    {
        DirectMethodResponse response;
        try
        {
            response = await handler(call, _stop.Token).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Log.HandlerFailed(_options.Logger, _name, "direct methods", e);
            response = new DirectMethodResponse { Status = 500 };
        }

        lock (_gate)
        {
            _methods--;
            if (ReferenceEquals(_connection, connection))
            {
                PublishMethodResponse(connection, requestId, response);
                connection.RequestFlush();
            }
        }
    }

    private static void PublishMethodResponse(MqttConnection connection, byte[] requestId, DirectMethodResponse response)
    {
        var topic = new System.Buffers.ArrayBufferWriter<byte>(64);
        MqttTopics.WriteMethodResponse(topic, response.Status, requestId);
        new MqttPublish { Topic = topic.WrittenSpan, Payload = response.Payload.Utf8.Span }.Encode(connection.Output, MqttVersion.V311, MqttSender.Client);
    }

    private sealed record ReceivedMessage(DeviceMessage Message, ushort PacketId, MqttConnection Connection);
}
