using Microsoft.Extensions.Logging;
using Nave.Amqp;
using Nave.Hub;
using Nave.Server.Amqp.Sasl;

namespace Nave.Server.Amqp;

/// <summary>What all connections of one AMQP head share.</summary>
internal sealed class AmqpContext
{
    public required HubHost Hubs { get; init; }

    public required AmqpHeadOptions Options { get; init; }

    /// <summary>Gets what the engine of every connection is told.</summary>
    public required AmqpConnectionOptions Engine { get; init; }

    public required AmqpMetrics Metrics { get; init; }

    public required TimeProvider Time { get; init; }

    public required ILogger<AmqpHead> Logger { get; init; }

    /// <summary>Gets who serves the links of hubs, in the order in which they are asked.</summary>
    public required IReadOnlyList<ILinkEndpoint> HubEndpoints { get; init; }

    /// <summary>Gets what is served beside hubs.</summary>
    public required IReadOnlyList<AmqpTenant> Tenants { get; init; }

    /// <summary>Gets the SASL mechanisms beside those that the head knows itself.</summary>
    public required IReadOnlyList<ISaslMechanism> SaslMechanisms { get; init; }

    /// <summary>Finds what a client has chosen; letter case and a port do not count.</summary>
    public AmqpTenant? FindTenant(string? hostName)
    {
        if (hostName is null)
        {
            return null;
        }

        if (Hubs.TryFind(hostName, out var hub))
        {
            return new AmqpTenant(hub.HostName, hub, HubEndpoints);
        }

        var colon = hostName.IndexOf(':', StringComparison.Ordinal);
        var name = colon < 0 ? hostName : hostName[..colon];
        return Tenants.FirstOrDefault(tenant => tenant.HostName.Equals(name, StringComparison.OrdinalIgnoreCase));
    }
}
