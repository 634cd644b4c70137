namespace Nave.Amqp;

/// <summary>A client's part of a SASL exchange. For a mechanism of one message a plain instance is enough.</summary>
public class AmqpSaslClient
{
    /// <summary>Gets the mechanism; the server must offer it.</summary>
    public required string Mechanism { get; init; }

    /// <summary>Gets the first message, or null for none.</summary>
    public byte[]? InitialResponse { get; init; }

    /// <summary>Gets the host name for the init frame, or null.</summary>
    public string? HostName { get; init; }

    /// <summary>Answers a challenge: now with a value, or with null and <see cref="AmqpConnection.SaslRespond"/> later.</summary>
    public virtual byte[]? Respond(ReadOnlySpan<byte> challenge) => [];
}
