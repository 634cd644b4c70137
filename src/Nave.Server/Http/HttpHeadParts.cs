using Nave.Hub;
using Nave.Hub.Provisioning;
using Nave.Server.Metrics;
using Nave.Server.Tls;

namespace Nave.Server.Http;

/// <summary>What the HTTPS port opens on.</summary>
internal sealed record HttpHeadParts
{
    public required HubHost Hubs { get; init; }

    public required ServerCertificates Certificates { get; init; }

    public required PrometheusExporter Metrics { get; init; }

    public required WebSocketDoor WebSockets { get; init; }

    /// <summary>Gets the provisioning service.</summary>
    public required ProvisioningService Provisioning { get; init; }

    /// <summary>Gets the name of the hub whose owner may make and delete hubs.</summary>
    public required string DefaultHostName { get; init; }
}
