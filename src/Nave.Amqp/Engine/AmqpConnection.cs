namespace Nave.Amqp;

/// <summary>
/// One AMQP 1.0 connection, of either side: bytes in, calls of handlers and bytes out; it does no I/O and knows no clock.
/// </summary>
/// <remarks>
/// Not thread-safe: the owner holds one lock around every call into it, its sessions and its links. Handlers are called under that lock and may
/// call back. A peer's mistakes never throw: they end the link, the session or the connection, as the specification says.
/// </remarks>
public sealed partial class AmqpConnection
{
    private AmqpConnection(bool isServer, AmqpConnectionOptions options, IAmqpConnectionHandler handler, IAmqpOutput output) => throw new NotImplementedException();

    /// <summary>Gets a value indicating whether this is the server's side.</summary>
    public bool IsServer { get; }

    /// <summary>Gets where the connection stands.</summary>
    public AmqpConnectionState State { get; private set; }

    /// <summary>Gets what the peer said when it opened; null before.</summary>
    public AmqpOpen? Peer { get; private set; }

    /// <summary>Gets a value indicating whether nothing is received until the owner has answered (SASL, open). Call <see cref="Receive"/> again afterwards.</summary>
    public bool IsPaused { get; private set; }

    /// <summary>Gets the sessions that are open.</summary>
    public IReadOnlyCollection<AmqpSession> Sessions => throw new NotImplementedException();

    /// <summary>Gets or sets what the owner wants to find again.</summary>
    public object? Tag { get; set; }

    /// <summary>Makes a server's side. It speaks when it was spoken to.</summary>
    public static AmqpConnection CreateServer(AmqpConnectionOptions options, IAmqpConnectionHandler handler, IAmqpOutput output) => new(true, options, handler, output);

    /// <summary>Makes a client's side. Call <see cref="Start"/>.</summary>
    public static AmqpConnection CreateClient(AmqpConnectionOptions options, IAmqpConnectionHandler handler, IAmqpOutput output) => new(false, options, handler, output);

    /// <summary>Client: begins to speak. Without SASL the open goes out at once, and <see cref="Begin"/> and attaches may follow without waiting.</summary>
    public void Start() => throw new NotImplementedException();

    /// <summary>Takes bytes from the peer: as many whole frames as there are.</summary>
    /// <param name="data">Bytes that came, those not consumed before in front.</param>
    /// <param name="needed">How many bytes the first frame that was not consumed has in all; 0 if that is not known yet.</param>
    /// <returns>How many bytes were consumed; all of them once the connection is closed.</returns>
    public int Receive(ReadOnlySpan<byte> data, out int needed) => throw new NotImplementedException();

    /// <summary>Writes what is held back to go out together: dispositions of consecutive deliveries. Call after a round of <see cref="AmqpLink.Settle"/>.</summary>
    public void Flush() => throw new NotImplementedException();

    /// <summary>Server: sends a challenge.</summary>
    public void SaslChallenge(ReadOnlySpan<byte> challenge) => throw new NotImplementedException();

    /// <summary>Server: ends the SASL exchange. Anything but Ok ends the connection.</summary>
    public void SaslOutcome(AmqpSaslCode code) => throw new NotImplementedException();

    /// <summary>Client: answers a challenge that <see cref="AmqpSaslClient.Respond"/> left open.</summary>
    public void SaslRespond(ReadOnlySpan<byte> response) => throw new NotImplementedException();

    /// <summary>Server: answers the peer's open with ours.</summary>
    public void Accept() => throw new NotImplementedException();

    /// <summary>Lifts the limits for peers that are not authenticated yet. A client's connection has none.</summary>
    public void SetAuthenticated() => throw new NotImplementedException();

    /// <summary>Begins a session; links may be attached at once.</summary>
    /// <exception cref="InvalidOperationException">The connection is closing, not started, or has as many sessions as the peer permits.</exception>
    public AmqpSession Begin() => throw new NotImplementedException();

    /// <summary>Closes; the peer is given a chance to answer, <see cref="IAmqpConnectionHandler.OnClose"/> follows then. Only the first call counts.</summary>
    public void Close(AmqpError? error = null) => throw new NotImplementedException();

    /// <summary>Ends everything because the transport is gone, without another byte.</summary>
    public void Terminate(AmqpError? error = null) => throw new NotImplementedException();

    /// <summary>Sends an empty frame if it is time to, and closes if the peer was silent for too long.</summary>
    /// <param name="now">Any clock that never goes back, in milliseconds; the first call starts it.</param>
    /// <returns>When to call again at the latest, on the same clock; 0 for never.</returns>
    public long Tick(long now) => throw new NotImplementedException();
}
