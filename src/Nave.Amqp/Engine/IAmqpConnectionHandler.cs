namespace Nave.Amqp;

/// <summary>
/// What a connection tells its owner, from within <see cref="AmqpConnection.Receive"/>, <see cref="AmqpConnection.Tick"/> and
/// <see cref="AmqpConnection.Terminate"/>. An answer may be given within the call or, under the owner's lock, later.
/// </summary>
public interface IAmqpConnectionHandler
{
    /// <summary>Server: the client chose a mechanism. Answer with <see cref="AmqpConnection.SaslChallenge"/> or <see cref="AmqpConnection.SaslOutcome"/>; until then nothing more is received.</summary>
    void OnSaslInit(AmqpConnection connection, AmqpSaslInit init)
    {
        connection.SaslOutcome(AmqpSaslCode.Auth);
    }

    /// <summary>Server: the client answered a challenge. Answer as to <see cref="OnSaslInit"/>.</summary>
    void OnSaslResponse(AmqpConnection connection, ReadOnlySpan<byte> response)
    {
        connection.SaslOutcome(AmqpSaslCode.Auth);
    }

    /// <summary>Server: the peer opened. Answer with <see cref="AmqpConnection.Accept"/> or <see cref="AmqpConnection.Close"/>; until then nothing more is received. Client: the server accepted.</summary>
    void OnOpen(AmqpConnection connection, AmqpOpen open);

    /// <summary>A session was begun, by the peer or (then this is its answer) by us.</summary>
    void OnBegin(AmqpSession session)
    {
    }

    /// <summary>A session ended, after its links were detached.</summary>
    void OnEnd(AmqpSession session, AmqpError? reason)
    {
    }

    /// <summary>The peer attaches as receiver: it wants messages from <see cref="AmqpLink.Peer"/>'s source. Answer with Accept or Refuse, now or later.</summary>
    void OnAttach(AmqpSenderLink link);

    /// <summary>The peer attaches as sender: it has messages for <see cref="AmqpLink.Peer"/>'s target. Answer with Accept or Refuse, now or later.</summary>
    void OnAttach(AmqpReceiverLink link);

    /// <summary>
    /// The end, once, after all links and sessions: the peer closed, broke the protocol or was silent for too long, SASL failed, or
    /// <see cref="AmqpConnection.Terminate"/> was called. What was written should still go out; then close the transport.
    /// </summary>
    /// <param name="connection">The connection.</param>
    /// <param name="reason">Why, or null for an orderly close.</param>
    /// <param name="byPeer">Whether the peer said so, rather than this side.</param>
    void OnClose(AmqpConnection connection, AmqpError? reason, bool byPeer);
}
