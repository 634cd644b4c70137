using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Nave.Amqp;

namespace Nave.Client;

/// <summary>How a client connects over AMQP: to an event stream, or to the service side of a hub.</summary>
public sealed record AmqpClientOptions
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

    /// <summary>Gets what of these is a connection's.</summary>
    internal AmqpPeerOptions PeerOptions(string hostName, AmqpSaslClient? sasl) => new()
    {
        HostName = hostName, Sasl = sasl, IdleTimeout = IdleTimeout, OperationTimeout = OperationTimeout, TimeProvider = TimeProvider,
    };

    /// <summary>Reports every setting that is out of range.</summary>
    /// <exception cref="ArgumentException">Names each setting, its value and what is permitted.</exception>
    internal void Validate()
    {
        var problems = new List<string>();
        if (Transport is not (ClientTransport.Amqp or ClientTransport.AmqpWebSocket or ClientTransport.AmqpPlain))
        {
            problems.Add($"Transport is {Transport}; Amqp, AmqpWebSocket and AmqpPlain are permitted.");
        }

        if (IdleTimeout < TimeSpan.FromSeconds(1) || IdleTimeout > TimeSpan.FromHours(1))
        {
            problems.Add($"IdleTimeout is {IdleTimeout}; permitted are 1 s to 1 h.");
        }

        if (OperationTimeout <= TimeSpan.Zero)
        {
            problems.Add($"OperationTimeout is {OperationTimeout}; permitted is above 0.");
        }

        if (TokenUse is not (> 0 and <= 1))
        {
            problems.Add($"TokenUse is {TokenUse}; permitted are above 0 to 1.");
        }

        if (TokenLifetime < TimeSpan.FromSeconds(1))
        {
            problems.Add($"TokenLifetime is {TokenLifetime}; permitted are 1 s and more.");
        }

        if (FirstReconnectDelay <= TimeSpan.Zero || FirstReconnectDelay > LongestReconnectDelay)
        {
            problems.Add($"FirstReconnectDelay is {FirstReconnectDelay}; permitted are above 0 to LongestReconnectDelay, {LongestReconnectDelay}.");
        }

        if (problems.Count > 0)
        {
            throw new ArgumentException(string.Join(' ', problems));
        }
    }
}
