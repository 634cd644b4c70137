namespace Nave.Amqp;

/// <summary>Where a connection puts the bytes for its peer.</summary>
public interface IAmqpOutput
{
    /// <summary>
    /// Gets a value indicating whether <see cref="AmqpConnection.Receive"/> stops after the frame at hand, so that a peer cannot make more answers than
    /// it reads. Call it again, with what it did not consume, when there is room.
    /// </summary>
    bool IsFull => false;

    /// <summary>Takes bytes, in order, perhaps part of a frame. Keep a copy, and send when the call into the connection has returned.</summary>
    void Write(ReadOnlySpan<byte> bytes);
}
