namespace Nave.Client;

/// <summary>An AMQP peer refused, or could not be reached.</summary>
public sealed class AmqpPeerException : Exception
{
    /// <summary>Initializes the exception.</summary>
    /// <param name="error">What it is about.</param>
    /// <param name="message">A sentence with the peer, the address and what the peer said; never a credential.</param>
    /// <param name="condition">The peer's condition, such as <c>amqp:not-found</c>, or <see langword="null"/>.</param>
    /// <param name="inner">What the network said.</param>
    public AmqpPeerException(AmqpPeerError error, string message, string? condition = null, Exception? inner = null)
        : base(message, inner)
    {
        Error = error;
        Condition = condition;
    }

    /// <summary>Gets what it is about.</summary>
    public AmqpPeerError Error { get; }

    /// <summary>Gets the peer's condition, such as <c>amqp:not-found</c>, or <see langword="null"/>.</summary>
    public string? Condition { get; }

    /// <summary>Gets a value indicating whether the same may work later.</summary>
    public bool IsTransient => Error is AmqpPeerError.NotConnected or AmqpPeerError.TimedOut;
}
