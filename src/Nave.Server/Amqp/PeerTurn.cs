namespace Nave.Server.Amqp;

/// <summary>The turn of one thread on a connection, from <see cref="AmqpPeer.Enter"/> to its disposal.</summary>
internal readonly ref struct PeerTurn(AmqpPeer peer)
{
    /// <summary>Sends what the turn has made, and lets the next one go.</summary>
    public void Dispose() => peer.Leave();
}
