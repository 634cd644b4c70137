using System.Security.Cryptography.X509Certificates;
using Nave.Api;
using Nave.Client;
using Nave.Fleet.Replication.Sinks;

namespace Nave.Fleet.Replication.Configuration;

/// <summary>What a configuration file says.</summary>
public sealed record ReplicationDefinition
{
    /// <summary>Gets the hub: of a service. Secret.</summary>
    public required IotHubConnectionString Hub { get; init; }

    /// <summary>Gets its event stream; <see langword="null"/> = the hub is asked where it is. Secret.</summary>
    public EventHubConnectionString? EventHub { get; init; }

    /// <summary>Gets where HTTPS goes, if not to the hub's name and port 443.</summary>
    public ClientEndpoint Endpoint { get; init; } = new();

    /// <summary>Gets where AMQP goes, if not to the stream's own name and port 5671.</summary>
    public ClientEndpoint AmqpEndpoint { get; init; } = new();

    /// <summary>Gets a PEM file with the CA to trust in place of the system's.</summary>
    public string? CaFile { get; init; }

    /// <summary>Gets what makes the target; it is not opened.</summary>
    public required Func<IReplicaSink> CreateSink { get; init; }

    /// <summary>Gets how replication works.</summary>
    public required ReplicationOptions Options { get; init; }

    /// <summary>Makes a client of the hub; the caller disposes of it.</summary>
    public ServiceClient CreateHub() => ServiceClient.Create(Hub, new ServiceClientOptions { Endpoint = Endpoint, TrustedRoots = Roots() });

    /// <summary>Makes a client of its event stream; the caller disposes of it.</summary>
    public EventsClient CreateEvents()
    {
        var options = new AmqpClientOptions { Endpoint = AmqpEndpoint, TrustedRoots = Roots() };
        return EventHub is null ? EventsClient.Create(Hub, options) : EventsClient.Create(EventHub, options);
    }

    private X509Certificate2Collection? Roots() => CaFile is null ? null : ClientTrust.LoadPem(CaFile);
}
