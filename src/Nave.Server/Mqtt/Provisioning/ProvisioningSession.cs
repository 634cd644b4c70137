using System.Text;
using Microsoft.Extensions.Logging;
using Nave.Api;
using Nave.Hub.Provisioning;
using Nave.Mqtt;
using Nave.Server.Connections;
using Nave.Storage;

namespace Nave.Server.Mqtt.Provisioning;

/// <summary>
/// What a device does that has connected to device provisioning: it waits for answers, registers, and asks how its registration stands
/// (wire facts 17.2). One request is under way at a time; until it is answered, nothing more is read from the device.
/// </summary>
internal sealed partial class ProvisioningSession(
    MqttConnection owner, Connection connection, MqttContext context, ProvisioningPrincipal device, MqttVersion version)
{
    /// <summary>The largest packet: a request's body of 96 KiB, what Azure takes at most, and its topic.</summary>
    public const int MaxPacketBytes = (96 + 4) * 1024;

    private volatile bool _subscribed;

    /// <summary>Gets who is connected.</summary>
    public ProvisioningPrincipal Device => device;

    /// <summary>Takes a packet other than CONNECT and DISCONNECT.</summary>
    /// <exception cref="MqttProtocolException">It breaks the protocol, or is for a topic that is none of the service's.</exception>
    public void Take(in MqttFrame frame)
    {
        switch (frame.Type)
        {
            case MqttPacketType.Publish:
                TakePublish(MqttPublish.Decode(frame, version, MqttSender.Client));
                break;
            case MqttPacketType.Subscribe:
                Subscribe(MqttSubscribe.Decode(frame, version));
                break;
            case MqttPacketType.Unsubscribe:
                Unsubscribe(MqttUnsubscribe.Decode(frame, version));
                break;
            case MqttPacketType.PingReq:
                MqttPing.Decode(frame);
                connection.Send(MqttPing.Response);
                break;
            default:
                throw new MqttProtocolException(MqttReason.ProtocolError, $"{frame.Type} is not expected from a client that is connected.");
        }
    }

    private void TakePublish(in MqttPublish publish)
    {
        if (publish.Qos == MqttQos.ExactlyOnce)
        {
            throw new MqttProtocolException(MqttReason.QosNotSupported, "PUBLISH has QoS 2; 0 and 1 are permitted.");
        }

        if (publish.TopicAlias != 0)
        {
            throw new MqttProtocolException(MqttReason.TopicAliasInvalid, "PUBLISH has a topic alias; none was announced.");
        }

        var topic = ProvisioningTopics.Parse(publish.Topic);
        if (topic.Kind is not (ProvisioningTopicKind.Register or ProvisioningTopicKind.GetOperation))
        {
            throw new MqttProtocolException(
                MqttReason.TopicNameInvalid, $"PUBLISH to a topic of {publish.Topic.Length} bytes that is none of device provisioning.");
        }

        if (publish.Qos == MqttQos.AtLeastOnce)
        {
            Span<byte> ack = stackalloc byte[MqttAck.PubAckSize];
            MqttAck.WritePubAck(ack, publish.PacketId);
            connection.Send(ack);
        }

        var requestId = topic.RequestId.ToArray();
        var operationId = topic.Kind == ProvisioningTopicKind.GetOperation
            ? PercentEncoding.DecodeLeniently(Encoding.UTF8.GetString(topic.OperationId))
            : null;
        var body = publish.Payload.ToArray();
        owner.Hold();
        ThreadPool.UnsafeQueueUserWorkItem(_ => _ = AnswerAsync(requestId, operationId, body), null);
    }

    private async Task AnswerAsync(byte[] requestId, string? operationId, byte[] body)
    {
        try
        {
            var progress = operationId is null
                ? await context.Provisioning!.RegisterAsync(device, body, CancellationToken.None)
                : await context.Provisioning!.GetOperationAsync(device, operationId, CancellationToken.None);
            if (progress.IsSuccess)
            {
                Respond(requestId, progress.Value.HttpStatus, progress.Value.RetryAfter, progress.Value.ToJson());
            }
            else
            {
                Fail(requestId, progress.Error);
            }
        }
        catch (StorageUnavailableException)
        {
            Fail(requestId, new HubError(HubErrorCode.ServiceUnavailable, "The provisioning service cannot store registrations now."));
        }
        catch (Exception exception)
        {
            Log.RequestFailed(context.Logger, device.RegistrationId, exception);
            Fail(requestId, new HubError(HubErrorCode.ServerError, "The provisioning service failed."));
        }
        finally
        {
            owner.Resume();
        }
    }

    private void Fail(byte[] requestId, HubError error)
    {
        // What passes is worth another try, after a while (wire facts 17.2.5).
        var retryAfter = error.HttpStatus is 429 or >= 500 ? RegistrationProgress.PollInterval : default(TimeSpan?);
        Respond(requestId, error.HttpStatus, retryAfter, ErrorBody.Twin(error, Guid.NewGuid().ToString(), context.Time.GetUtcNow()));
    }

    private void Respond(byte[] requestId, int status, TimeSpan? retryAfter, ReadOnlySpan<byte> body)
    {
        if (_subscribed)
        {
            var topic = PacketScratch.Topic;
            ProvisioningTopics.WriteResponse(topic, status, requestId, retryAfter);
            PacketScratch.Publish(connection, version, topic.WrittenSpan, body);
        }
    }

    private void Subscribe(MqttSubscribe subscribe)
    {
        var reasons = new MqttReason[subscribe.Subscriptions.Count];
        for (var i = 0; i < reasons.Length; i++)
        {
            var (filter, qos) = (subscribe.Subscriptions[i].Filter, subscribe.Subscriptions[i].Qos);
            if (filter == ProvisioningTopics.ResponseFilter)
            {
                _subscribed = true;
                reasons[i] = qos == MqttQos.AtMostOnce ? MqttReason.Success : MqttReason.GrantedQos1;
            }
            else
            {
                reasons[i] = version == MqttVersion.V5 ? MqttReason.NotAuthorized : MqttReason.UnspecifiedError;
            }
        }

        var packet = PacketScratch.Packet;
        new MqttSubAck { PacketId = subscribe.PacketId, Reasons = reasons }.Encode(packet, version);
        connection.Send(packet.WrittenSpan);
    }

    private void Unsubscribe(MqttUnsubscribe unsubscribe)
    {
        var reasons = new MqttReason[unsubscribe.Filters.Count];
        for (var i = 0; i < reasons.Length; i++)
        {
            var known = _subscribed && unsubscribe.Filters[i] == ProvisioningTopics.ResponseFilter;
            reasons[i] = known ? MqttReason.Success : MqttReason.NoSubscriptionExisted;
            _subscribed &= !known;
        }

        var packet = PacketScratch.Packet;
        new MqttUnsubAck { PacketId = unsubscribe.PacketId, Reasons = reasons }.Encode(packet, version);
        connection.Send(packet.WrittenSpan);
    }

    private static partial class Log
    {
        [LoggerMessage(61, LogLevel.Error, "A request of {RegistrationId} to device provisioning failed.")]
        public static partial void RequestFailed(ILogger logger, string registrationId, Exception exception);
    }
}
