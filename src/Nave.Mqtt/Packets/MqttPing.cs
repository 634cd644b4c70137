using System.Buffers;

namespace Nave.Mqtt;

/// <summary>PINGREQ and PINGRESP, MQTT 3.1.1 and 5.0 §3.12 and §3.13: two bytes each.</summary>
public static class MqttPing
{
    /// <summary>Gets the bytes of PINGREQ.</summary>
    public static ReadOnlySpan<byte> Request => [0xC0, 0x00];

    /// <summary>Gets the bytes of PINGRESP.</summary>
    public static ReadOnlySpan<byte> Response => [0xD0, 0x00];

    /// <summary>Checks a frame of type <see cref="MqttPacketType.PingReq"/> or <see cref="MqttPacketType.PingResp"/>.</summary>
    /// <exception cref="MqttProtocolException">It has a body.</exception>
    public static void Decode(in MqttFrame frame)
    {
        if (frame.Type is not (MqttPacketType.PingReq or MqttPacketType.PingResp))
        {
            throw new InvalidOperationException($"{MqttError.Name(frame.Type)} is not PINGREQ or PINGRESP.");
        }

        if (!frame.Body.IsEmpty)
        {
            throw MqttError.Trailing(frame.Type, frame.Body.Length);
        }
    }

    /// <summary>Writes PINGREQ.</summary>
    public static void EncodeRequest(IBufferWriter<byte> output) => output.Write(Request);

    /// <summary>Writes PINGRESP.</summary>
    public static void EncodeResponse(IBufferWriter<byte> output) => output.Write(Response);
}
