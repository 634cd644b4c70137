using Nave.Amqp;

namespace Nave.Server.Amqp.Sasl;

/// <summary>A SASL mechanism that a head is given, such as TPM; or another realm of PLAIN, asked for users that name no hub.</summary>
internal interface ISaslMechanism
{
    /// <summary>Gets the name that is offered, such as <see cref="AmqpSaslMechanism.Tpm"/>.</summary>
    string Name { get; }

    /// <summary>Begins an exchange.</summary>
    /// <param name="peer">The connection; it has neither a tenant nor credentials yet.</param>
    /// <param name="init">What the client sent first.</param>
    /// <returns><see langword="null"/> to leave it to another mechanism of the same name.</returns>
    ISaslExchange? Begin(AmqpPeer peer, AmqpSaslInit init);
}
