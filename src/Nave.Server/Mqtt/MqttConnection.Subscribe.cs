using System.Text;
using Nave.Api;
using Nave.Hub.Connections;
using Nave.Mqtt;

namespace Nave.Server.Mqtt;

// SUBSCRIBE and UNSUBSCRIBE: there are six filters, each a feature of the session.
internal sealed partial class MqttConnection
{
    private static DeviceFeatures ToFeature(MqttSubscriptionKind kind) => kind switch
    {
        MqttSubscriptionKind.CloudToDevice => DeviceFeatures.CloudToDevice,
        MqttSubscriptionKind.ModuleInputs => DeviceFeatures.Inputs,
        MqttSubscriptionKind.TwinResponses => DeviceFeatures.TwinResponses,
        MqttSubscriptionKind.DesiredPatches => DeviceFeatures.DesiredProperties,
        MqttSubscriptionKind.Methods => DeviceFeatures.Methods,
        _ => DeviceFeatures.None,
    };

    private void Subscribe(MqttSubscribe subscribe)
    {
        var reasons = new MqttReason[subscribe.Subscriptions.Count];
        var wanted = DeviceFeatures.None;
        var commandQos = MqttQos.AtLeastOnce;
        for (var i = 0; i < reasons.Length; i++)
        {
            var (filter, qos) = (subscribe.Subscriptions[i].Filter, subscribe.Subscriptions[i].Qos);
            var feature = FeatureOf(filter);
            if (feature == DeviceFeatures.None)
            {
                reasons[i] = _version == MqttVersion.V5 && filter.StartsWith("$share/", StringComparison.Ordinal)
                    ? MqttReason.SharedSubscriptionsNotSupported
                    : _version == MqttVersion.V5 ? MqttReason.NotAuthorized : MqttReason.UnspecifiedError;
                continue;
            }

            // Wire facts 4.2.5: min(requested, 1).
            reasons[i] = qos == MqttQos.AtMostOnce ? MqttReason.Success : MqttReason.GrantedQos1;
            wanted |= feature;
            if (feature == DeviceFeatures.CloudToDevice)
            {
                commandQos = qos == MqttQos.AtMostOnce ? MqttQos.AtMostOnce : MqttQos.AtLeastOnce;
            }
        }

        var packet = PacketScratch.Packet;
        new MqttSubAck { PacketId = subscribe.PacketId, Reasons = reasons }.Encode(packet, _version);
        Enable(wanted, commandQos, packet.WrittenSpan);
    }

    private void Unsubscribe(MqttUnsubscribe unsubscribe)
    {
        var features = DeviceFeatures.None;
        var reasons = new MqttReason[unsubscribe.Filters.Count];
        for (var i = 0; i < reasons.Length; i++)
        {
            var feature = FeatureOf(unsubscribe.Filters[i]);
            reasons[i] = (_session!.Features & feature) == DeviceFeatures.None ? MqttReason.NoSubscriptionExisted : MqttReason.Success;
            features |= feature;
        }

        _session!.Disable(features);
        if ((features & DeviceFeatures.CloudToDevice) != 0)
        {
            _feed?.Suspend();
        }

        var packet = PacketScratch.Packet;
        new MqttUnsubAck { PacketId = unsubscribe.PacketId, Reasons = reasons }.Encode(packet, _version);
        _connection.Send(packet.WrittenSpan);
    }

    // What the features bring comes after the acknowledgement; and whoever calls the device once it has that finds it subscribed.
    private void Enable(DeviceFeatures features, MqttQos commandQos, ReadOnlySpan<byte> acknowledgement)
    {
        DeviceFeatures added;
        lock (_order)
        {
            added = _session!.Announce(features);
            _connection.Send(acknowledgement);
        }

        if ((features & DeviceFeatures.CloudToDevice) != 0)
        {
            // Before the session offers what waits.
            _feed ??= new CommandFeed(_context, _connection, _hub!, _session!, Topics, _version)
            {
                Window = Math.Min(_context.Options.CommandWindow, _receiveMaximum),
                MaxPacketBytes = _maxOutgoing,
            };
            _feed.Allow(commandQos);
        }

        _session!.Offer(added);
    }

    private DeviceFeatures FeatureOf(string filter) => ToFeature(Topics.ParseFilter(Encoding.UTF8.GetBytes(filter)));
}
