namespace Nave.Amqp;

/// <summary>One session of a connection. Guarded by the lock of the connection's owner.</summary>
public sealed partial class AmqpSession
{
    internal AmqpSession()
    {
    }

    /// <summary>Gets the connection.</summary>
    public AmqpConnection Connection => throw new NotImplementedException();

    /// <summary>Gets our channel number.</summary>
    public ushort Channel => throw new NotImplementedException();

    /// <summary>Gets a value indicating whether the session is neither ended nor ending.</summary>
    public bool IsOpen => throw new NotImplementedException();

    /// <summary>Gets the links that are attached or attaching.</summary>
    public IReadOnlyCollection<AmqpLink> Links => throw new NotImplementedException();

    /// <summary>Gets or sets what the owner wants to find again.</summary>
    public object? Tag { get; set; }

    /// <summary>Attaches a link that brings messages to the peer.</summary>
    /// <exception cref="InvalidOperationException">The session is not open, has as many links as the peer permits, or one of this name.</exception>
    public AmqpSenderLink AttachSender(AmqpAttach attach, IAmqpSenderHandler handler) => throw new NotImplementedException();

    /// <summary>Attaches a link that takes messages from the peer.</summary>
    /// <param name="attach">Name, source, target, settle modes.</param>
    /// <param name="handler">Who is told.</param>
    /// <param name="credit">As <see cref="AmqpAcceptOptions.Credit"/>.</param>
    /// <exception cref="InvalidOperationException">The session is not open, has as many links as the peer permits, or one of this name.</exception>
    public AmqpReceiverLink AttachReceiver(AmqpAttach attach, IAmqpReceiverHandler handler, int credit) => throw new NotImplementedException();

    /// <summary>Ends the session and its links.</summary>
    public void End(AmqpError? error = null) => throw new NotImplementedException();
}
