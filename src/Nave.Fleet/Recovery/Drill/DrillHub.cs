using System.Security.Cryptography.X509Certificates;
using Nave.Api;
using Nave.Client;

namespace Nave.Fleet.Recovery;

/// <summary>One of the two hubs of a drill, and how to reach it.</summary>
public sealed record DrillHub
{
    // A hub that is lost must not hold up the drill with retries; what matters is tried again by the drill itself.
    private const int Retries = 1;
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan s_firstDelay = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan s_longestDelay = TimeSpan.FromSeconds(2);

    /// <summary>Gets the connection string of a policy that may do everything.</summary>
    public required IotHubConnectionString Connection { get; init; }

    /// <summary>Gets where HTTPS goes, if not to the hub's name and port 443.</summary>
    public ClientEndpoint ServiceEndpoint { get; init; } = new();

    /// <summary>Gets where devices connect, by the drill's transport.</summary>
    public ClientEndpoint DeviceEndpoint { get; init; } = new();

    /// <summary>Gets where AMQP goes, if not to the hub's name and port 5671.</summary>
    public ClientEndpoint AmqpEndpoint { get; init; } = new();

    /// <summary>Gets the authorities to trust; <see langword="null"/> = the system's.</summary>
    public X509Certificate2Collection? Roots { get; init; }

    internal string HostName => Connection.HostName;

    internal ServiceClient CreateService(TimeProvider time) => ServiceClient.Create(
        Connection, new ServiceClientOptions { Endpoint = ServiceEndpoint, TrustedRoots = Roots, MaxRetries = Retries, Timeout = s_timeout, TimeProvider = time });

    /// <summary>Makes a reader that asks the hub where its events are, each time it connects.</summary>
    internal EventsClient CreateEvents(TimeProvider time) => EventsClient.Create(
        Connection,
        new AmqpClientOptions
        {
            Endpoint = AmqpEndpoint,
            TrustedRoots = Roots,
            RetryFirstConnect = true,
            FirstReconnectDelay = s_firstDelay,
            LongestReconnectDelay = s_longestDelay,
            OperationTimeout = s_timeout,
            TimeProvider = time,
        });
}
