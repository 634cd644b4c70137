namespace Nave.Amqp;

/// <summary>A link that brings messages to the peer.</summary>
public sealed class AmqpSenderLink : AmqpLink
{
    internal AmqpSenderLink()
    {
    }

    /// <summary>Gets how many messages the peer takes at the moment.</summary>
    public int Credit => throw new NotImplementedException();

    /// <summary>Gets a value indicating whether the peer waits for <see cref="Drained"/>.</summary>
    public bool IsDraining => throw new NotImplementedException();

    /// <summary>Gets a value indicating whether <see cref="TrySend"/> would take a message: credit, the session's window, no message half sent.</summary>
    public bool CanSend => throw new NotImplementedException();

    /// <summary>Gets the largest message that the peer takes, in bytes.</summary>
    public ulong PeerMaxMessageSize => throw new NotImplementedException();

    /// <summary>Accepts a link that the peer attaches.</summary>
    public void Accept(IAmqpSenderHandler handler, AmqpAcceptOptions? options = null) => throw new NotImplementedException();

    /// <summary>Sends a message if credit and the session's window permit. What the window does not let out yet of a large message is kept and follows.</summary>
    /// <param name="message">The encoded message; copied.</param>
    /// <param name="tag">The delivery tag, 1 to 32 bytes. Devices and services read it as a GUID of 16 bytes in .NET order (wire facts 5.2.12).</param>
    /// <param name="settled">Whether no answer is wanted. Taken as true if the link's senders settle, as false if they do not.</param>
    /// <param name="deliveryId">The number in the session.</param>
    /// <param name="state">Handed to <see cref="IAmqpSenderHandler.OnOutcome"/>.</param>
    /// <param name="messageFormat">0, or <see cref="AmqpBatch.Format"/>.</param>
    /// <returns><see langword="false"/> if not now: <see cref="IAmqpSenderHandler.OnCredit"/> tells when.</returns>
    public bool TrySend(
        ReadOnlySpan<byte> message, ReadOnlySpan<byte> tag, bool settled, out uint deliveryId, object? state = null, uint messageFormat = 0) =>
        throw new NotImplementedException();

    /// <summary>Gives the rest of the credit back, after <see cref="IAmqpSenderHandler.OnDrain"/>.</summary>
    public void Drained() => throw new NotImplementedException();

    /// <inheritdoc/>
    public override void Settle(uint deliveryId, AmqpOutcome outcome) => throw new NotImplementedException();
}
