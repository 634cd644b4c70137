namespace Nave.Amqp.Wire;

/// <summary>The eight bytes in front of everything: AMQP 1.0 part 2, 2.2, and part 5, 5.3.1.</summary>
internal static class AmqpProtocolHeader
{
    public const int Size = 8;

    public static ReadOnlySpan<byte> Amqp => "AMQP\0\x01\0\0"u8;

    public static ReadOnlySpan<byte> Sasl => "AMQP\x03\x01\0\0"u8;
}
