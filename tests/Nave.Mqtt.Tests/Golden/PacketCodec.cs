using System.Buffers;
using System.Collections;
using System.Globalization;
using System.Text;

namespace Nave.Mqtt.Tests;

/// <summary>Every packet behind one pair of methods, for tests and fuzzing.</summary>
internal static class PacketCodec
{
    public static object Decode(in MqttFrame frame, MqttVersion version, MqttSender sender) => frame.Type switch
    {
        MqttPacketType.Connect => MqttConnect.Decode(frame),
        MqttPacketType.ConnAck => MqttConnAck.Decode(frame, version),
        MqttPacketType.Publish => Own(MqttPublish.Decode(frame, version, sender)),
        MqttPacketType.PubAck or MqttPacketType.PubRec or MqttPacketType.PubRel or MqttPacketType.PubComp => MqttAck.Decode(frame, version),
        MqttPacketType.Subscribe => MqttSubscribe.Decode(frame, version),
        MqttPacketType.SubAck => MqttSubAck.Decode(frame, version),
        MqttPacketType.Unsubscribe => MqttUnsubscribe.Decode(frame, version),
        MqttPacketType.UnsubAck => MqttUnsubAck.Decode(frame, version),
        MqttPacketType.PingReq or MqttPacketType.PingResp => Ping(frame),
        MqttPacketType.Disconnect => MqttDisconnect.Decode(frame, version, sender),
        MqttPacketType.Auth => MqttAuth.Decode(frame, version),
        _ => throw new InvalidOperationException($"Frame of type {frame.Type}."),
    };

    /// <summary>Reads one packet that is whole.</summary>
    public static object DecodeWhole(byte[] bytes, MqttVersion version, MqttSender sender)
    {
        ReadOnlySpan<byte> buffer = bytes;
        return MqttFrame.TryRead(ref buffer, MqttFrame.MaxPacketSize, out var frame) && buffer.IsEmpty
            ? Decode(frame, version, sender)
            : throw new InvalidOperationException($"{bytes.Length} bytes are not one whole packet.");
    }

    public static byte[] Encode(object packet, MqttVersion version, MqttSender sender)
    {
        var output = new ArrayBufferWriter<byte>();
        switch (packet)
        {
            case MqttConnect p:
                p.Encode(output);
                break;
            case MqttConnAck p:
                p.Encode(output, version);
                break;
            case PublishValue p:
                View(p, Encoding.UTF8.GetBytes(p.Topic)).Encode(output, version, sender);
                break;
            case MqttAck p:
                p.Encode(output, version);
                break;
            case MqttSubscribe p:
                p.Encode(output, version);
                break;
            case MqttSubAck p:
                p.Encode(output, version);
                break;
            case MqttUnsubscribe p:
                p.Encode(output, version);
                break;
            case MqttUnsubAck p:
                p.Encode(output, version);
                break;
            case PingValue { Type: MqttPacketType.PingReq }:
                MqttPing.EncodeRequest(output);
                break;
            case PingValue:
                MqttPing.EncodeResponse(output);
                break;
            case MqttDisconnect p:
                p.Encode(output, version, sender);
                break;
            case MqttAuth p:
                p.Encode(output);
                break;
            default:
                throw new InvalidOperationException($"No packet: {packet.GetType()}.");
        }

        return output.WrittenSpan.ToArray();
    }

    public static int GetSize(object packet, MqttVersion version) => packet switch
    {
        MqttConnect p => p.GetSize(),
        MqttConnAck p => p.GetSize(version),
        PublishValue p => View(p, Encoding.UTF8.GetBytes(p.Topic)).GetSize(version),
        MqttAck p => p.GetSize(version),
        MqttSubscribe p => p.GetSize(version),
        MqttSubAck p => p.GetSize(version),
        MqttUnsubscribe p => p.GetSize(version),
        MqttUnsubAck p => p.GetSize(version),
        PingValue => 2,
        MqttDisconnect p => p.GetSize(version),
        MqttAuth p => p.GetSize(),
        _ => throw new InvalidOperationException($"No packet: {packet.GetType()}."),
    };

    /// <summary>All public data of a packet as text, so that two can be compared.</summary>
    public static string Describe(object? value) => value switch
    {
        null => "none",
        string text => $"'{text}'",
        ReadOnlyMemory<byte> bytes => Convert.ToHexString(bytes.Span),
        MqttProperties properties => Describe(properties),
        IEnumerable list => $"[{string.Join(", ", list.Cast<object>().Select(Describe))}]",
        _ when value.GetType().IsPrimitive || value.GetType().IsEnum => Convert.ToString(value, CultureInfo.InvariantCulture)!,
        _ => $"{value.GetType().Name} {{ {string.Join(", ", value.GetType().GetProperties().Select(p => $"{p.Name} = {Describe(p.GetValue(value))}"))} }}",
    };

    private static string Describe(MqttProperties properties)
    {
        var text = new StringBuilder("(");
        foreach (var property in properties.Reader)
        {
            text.Append(CultureInfo.InvariantCulture, $"{property.Id}={property.Number}:{Convert.ToHexString(property.Name)}:{Convert.ToHexString(property.Value)};");
        }

        return text.Append(')').ToString();
    }

    private static MqttPublish View(PublishValue value, byte[] topic) => new()
    {
        Topic = topic,
        Payload = value.Payload.Span,
        Qos = value.Qos,
        PacketId = value.PacketId,
        Duplicate = value.Duplicate,
        Retain = value.Retain,
        Properties = value.Properties.Reader,
    };

    private static PublishValue Own(MqttPublish publish)
    {
        var properties = new MqttPropertiesBuilder();
        foreach (var property in publish.Properties)
        {
            properties.Add(property);
        }

        return new PublishValue(
            Encoding.UTF8.GetString(publish.Topic),
            publish.Payload.ToArray(),
            publish.Qos,
            publish.PacketId,
            publish.Duplicate,
            publish.Retain,
            properties.Build());
    }

    private static PingValue Ping(in MqttFrame frame)
    {
        MqttPing.Decode(frame);
        return new PingValue(frame.Type);
    }
}
