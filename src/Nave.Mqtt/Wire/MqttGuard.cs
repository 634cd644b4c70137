namespace Nave.Mqtt;

/// <summary>What the encoders ask of their callers.</summary>
internal static class MqttGuard
{
    public static void PacketId(ushort packetId)
    {
        if (packetId == 0)
        {
            throw new ArgumentException("The packet identifier is 0; 1 to 65535 are permitted.");
        }
    }

    public static void Reason(MqttReason reason, MqttPacketType packet)
    {
        if (!MqttReasons.IsAllowed(reason, packet))
        {
            throw new ArgumentException($"{MqttError.Name(packet)} must not carry reason {reason}.");
        }
    }

    public static void NotEmpty(int count, MqttPacketType packet)
    {
        if (count == 0)
        {
            throw new ArgumentException($"{MqttError.Name(packet)} needs at least one entry.");
        }
    }

    public static int BinarySize(ReadOnlyMemory<byte> bytes, string field) => bytes.Length <= ushort.MaxValue
        ? bytes.Length
        : throw new ArgumentException($"The {field} has {bytes.Length} bytes; 0 to 65535 are permitted.");

    public static int FilterSize(string filter)
    {
        ArgumentNullException.ThrowIfNull(filter);
        return MqttUtf8.Size(filter, "topic filter");
    }

    public static void Filter(string filter, MqttVersion version)
    {
        var size = FilterSize(filter);
        var bytes = size <= 512 ? stackalloc byte[size] : new byte[size];
        MqttUtf8.Write(filter, bytes);
        if (!MqttTopicFilter.IsValid(bytes, version))
        {
            throw new ArgumentException("A topic filter has 1 to 65535 bytes, '+' and '#' fill whole levels, '#' is the last.");
        }
    }
}
