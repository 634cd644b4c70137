using System.Buffers;
using Nave.Mqtt;
using Nave.Mqtt.Tests;

namespace Nave.Fuzz.Mqtt;

/// <summary>The MQTT codec. The first byte of an input says version, sender and size of segments; the rest is what the peer sent.</summary>
internal sealed class MqttTarget : IFuzzTarget
{
    private const int MaxPacketSize = 2048;
    private const int V5Bit = 0x01;
    private const int ServerBit = 0x02;

    /// <inheritdoc/>
    public string Name => "mqtt";

    /// <inheritdoc/>
    public IReadOnlyList<byte[]> Seeds { get; } =
    [
        .. GoldenPackets.All.Select(golden =>
            (byte[])[(byte)((golden.Version == MqttVersion.V5 ? V5Bit : 0) | (golden.Sender == MqttSender.Server ? ServerBit : 0)), .. golden.Bytes]),
    ];

    /// <summary>Up to one exception (its message and trace) and, of each byte, some copies and objects: a filter of one byte is the worst.</summary>
    /// <inheritdoc/>
    public long AllocationLimit(int length) => 8192 + (64L * length);

    /// <inheritdoc/>
    public bool Execute(byte[] input)
    {
        if (input.Length == 0)
        {
            return false;
        }

        var (version, sender, _) = Mode(input[0]);
        ReadOnlySpan<byte> rest = input.AsSpan(1);
        try
        {
            while (MqttFrame.TryRead(ref rest, MaxPacketSize, out var frame))
            {
                PacketCodec.Decode(frame, version, sender);
            }

            return true;
        }
        catch (MqttProtocolException e) when (e.Reason.IsFailure() && e.Message.Length is > 0 and < 300)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public void Verify(byte[] input)
    {
        var (version, sender, segment) = Mode(input[0]);
        ReadOnlySpan<byte> span = input.AsSpan(1);
        var sequence = input.Length > 1 ? Segments.Of(input[1..], segment) : ReadOnlySequence<byte>.Empty;
        while (MqttFrame.TryRead(ref span, MaxPacketSize, out var frame))
        {
            // 1. A pipe in pieces gives the same frames as a flat buffer.
            if (!MqttFrame.TryRead(ref sequence, MaxPacketSize, out var same)
                || same.Header != frame.Header || !same.Body.SequenceEqual(frame.Body) || sequence.Length != span.Length)
            {
                throw new InvalidOperationException("Span and sequence give different frames.");
            }

            // 2. What was accepted is encoded again, to its computed size, and means the same.
            var packet = PacketCodec.Decode(frame, version, sender);
            var bytes = PacketCodec.Encode(packet, version, sender);
            var again = PacketCodec.DecodeWhole(bytes, version, sender);
            if (bytes.Length != PacketCodec.GetSize(packet, version) || PacketCodec.Describe(packet) != PacketCodec.Describe(again))
            {
                throw new InvalidOperationException($"Encoded again it is another packet: {PacketCodec.Describe(again)}");
            }
        }

        if (MqttFrame.TryRead(ref sequence, MaxPacketSize, out _))
        {
            throw new InvalidOperationException("The sequence gives one frame more than the span.");
        }
    }

    private static (MqttVersion Version, MqttSender Sender, int Segment) Mode(byte mode) => (
        (mode & V5Bit) != 0 ? MqttVersion.V5 : MqttVersion.V311,
        (mode & ServerBit) != 0 ? MqttSender.Server : MqttSender.Client,
        (mode >> 2) + 1);
}
