namespace Nave.Amqp;

/// <summary>Where a connection puts the bytes for its peer.</summary>
public interface IAmqpOutput
{
    /// <summary>Takes bytes, in order, perhaps part of a frame. Keep a copy, and send when the call into the connection has returned.</summary>
    void Write(ReadOnlySpan<byte> bytes);
}
