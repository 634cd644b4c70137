using Nave.Hub;

namespace Nave.Server.Amqp;

/// <summary>What a connection has chosen with <c>open.hostname</c>: a hub, or another service of this process.</summary>
/// <param name="HostName">The host name.</param>
/// <param name="Hub">The hub, or <see langword="null"/> for another service.</param>
/// <param name="Endpoints">Who serves its links, in the order in which they are asked.</param>
internal sealed record AmqpTenant(string HostName, IotHub? Hub, IReadOnlyList<ILinkEndpoint> Endpoints)
{
    /// <summary>Gets the kind of <see cref="AmqpPeer.SaslIdentity"/> that chooses this service whatever host name is said; <see langword="null"/> = none.</summary>
    public Type? SaslIdentity { get; init; }
}
