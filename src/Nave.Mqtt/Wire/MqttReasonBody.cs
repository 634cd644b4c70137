using System.Buffers;

namespace Nave.Mqtt;

/// <summary>The body that DISCONNECT and AUTH share: nothing, a reason, or a reason and properties.</summary>
internal static class MqttReasonBody
{
    public static int Size(MqttReason reason, MqttProperties properties, MqttVersion version)
    {
        if (!properties.IsEmpty)
        {
            return 1 + MqttWriter.PropertiesSize(version, properties.Raw);
        }

        return reason == MqttReason.Success ? 0 : 1;
    }

    public static void Write(IBufferWriter<byte> output, MqttPacketType type, MqttReason reason, MqttProperties properties, MqttVersion version)
    {
        var size = Size(reason, properties, version);
        var writer = MqttWriter.Begin(output, (int)type << 4, size);
        if (size > 0)
        {
            writer.Byte((byte)reason);
        }

        if (size > 1)
        {
            writer.Properties(version, properties.Raw);
        }

        writer.End(output);
    }
}
