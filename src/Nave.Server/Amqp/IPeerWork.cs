namespace Nave.Server.Amqp;

/// <summary>Work to do in a turn of a connection: see <see cref="AmqpPeer.Post"/>.</summary>
internal interface IPeerWork
{
    /// <summary>Does it. Called once for every post, unless the connection has ended; must neither block nor throw.</summary>
    void Run();
}
