namespace Nave.Server.Amqp.Sasl;

/// <summary>One exchange of a <see cref="ISaslMechanism"/>: what the client sends, and what is answered.</summary>
internal interface ISaslExchange
{
    /// <summary>Takes the initial response, and then each answer to a challenge. Called on the thread pool, one after the other.</summary>
    /// <exception cref="IOException">Storage cannot be read: the client is told to come back.</exception>
    ValueTask<SaslStep> NextAsync(ReadOnlyMemory<byte> response, CancellationToken cancellationToken);
}
