using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Nave.Client;

/// <summary>How a client of an event stream connects.</summary>
public sealed record EventsClientOptions
{
    /// <summary>Gets how to reach the endpoint: one of the AMQP transports. A development endpoint is always reached without TLS.</summary>
    public ClientTransport Transport { get; init; } = ClientTransport.Amqp;

    /// <summary>Gets where to connect, if not to the endpoint's own name and port. It does not hold for another host that a hub redirects to.</summary>
    public ClientEndpoint Endpoint { get; init; } = new();

    /// <summary>Gets the authorities to trust in place of the system's; see <see cref="ClientTrust.LoadPem"/>.</summary>
    public X509Certificate2Collection? TrustedRoots { get; init; }

    /// <summary>Gets how long opening a connection, a link or a management call may take. Origin of 60 s: the Event Hubs SDKs.</summary>
    public TimeSpan OperationTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Gets how long the peer may be silent. Origin of 60 s: what the Event Hubs SDKs ask for.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Gets a value indicating whether the first connection is tried again too; otherwise the call fails at once.</summary>
    public bool RetryFirstConnect { get; init; }

    /// <summary>Gets the first delay before a new connection.</summary>
    public TimeSpan FirstReconnectDelay { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Gets the longest delay before a new connection.</summary>
    public TimeSpan LongestReconnectDelay { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Gets how long a token is made for. Origin of 1 h: all SDKs.</summary>
    public TimeSpan TokenLifetime { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Gets which part of its life a token is used for before the next takes its place. Origin of 0.85: the .NET SDK's buffer of 15 %.</summary>
    public double TokenUse { get; init; } = 0.85;

    /// <summary>Gets the clock.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Gets what spreads delays.</summary>
    public Random Random { get; init; } = Random.Shared;

    /// <summary>Gets the log.</summary>
    public ILogger Logger { get; init; } = NullLogger.Instance;
}
