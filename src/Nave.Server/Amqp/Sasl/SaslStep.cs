namespace Nave.Server.Amqp.Sasl;

/// <summary>What follows in a SASL exchange.</summary>
internal readonly record struct SaslStep
{
    /// <summary>Gets what the client is to answer, or <see langword="null"/> at the end.</summary>
    public byte[]? Challenge { get; private init; }

    /// <summary>Gets a value indicating whether the exchange ended well.</summary>
    public bool IsAccepted { get; private init; }

    /// <summary>Gets what was proved: found again as <see cref="AmqpPeer.SaslIdentity"/>.</summary>
    public object? Identity { get; private init; }

    /// <summary>Goes on with a challenge.</summary>
    public static SaslStep Ask(byte[] challenge) => new() { Challenge = challenge };

    /// <summary>Ends well.</summary>
    public static SaslStep Accept(object? identity) => new() { IsAccepted = true, Identity = identity };

    /// <summary>Ends: the credentials are wrong.</summary>
    public static SaslStep Refuse() => default;
}
