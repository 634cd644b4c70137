using Nave.Hub;
using Nave.Server.Amqp.Sasl;

namespace Nave.Server.Amqp;

/// <summary>What the AMQP head serves.</summary>
internal sealed record AmqpHeadParts
{
    /// <summary>Gets the hubs, chosen by <c>open.hostname</c>.</summary>
    public required HubHost Hubs { get; init; }

    /// <summary>Gets who serves links of hubs beside <c>$cbs</c> and the devices' own: events, management, services.</summary>
    public IReadOnlyList<ILinkEndpoint> HubEndpoints { get; init; } = [];

    /// <summary>Gets other services with host names of their own: provisioning.</summary>
    public IReadOnlyList<AmqpTenant> Tenants { get; init; } = [];

    /// <summary>Gets further SASL mechanisms, or realms of PLAIN.</summary>
    public IReadOnlyList<ISaslMechanism> SaslMechanisms { get; init; } = [];
}
