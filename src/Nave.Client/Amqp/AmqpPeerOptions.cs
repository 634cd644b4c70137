using Nave.Amqp;

namespace Nave.Client;

/// <summary>How one AMQP connection is opened.</summary>
internal sealed record AmqpPeerOptions
{
    /// <summary>Gets the name that the peer is asked for in open.</summary>
    public required string HostName { get; init; }

    /// <summary>Gets the part of SASL; <see langword="null"/> = none, as the Node and .NET SDKs do towards a hub (wire facts 5.1.2).</summary>
    public AmqpSaslClient? Sasl { get; init; }

    /// <summary>Gets how long the peer may be silent.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Gets how long opening, attaching and a request may take.</summary>
    public TimeSpan OperationTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Gets the clock.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
