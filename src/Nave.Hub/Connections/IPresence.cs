using Nave.Api;

namespace Nave.Hub.Connections;

/// <summary>What is known of identities from their connections, for the twin's and the identity's JSON. Must be fast: asked once a row of a query.</summary>
internal interface IPresence
{
    /// <summary>Tells whether an identity is connected now.</summary>
    bool IsConnected(IdentityId id);

    /// <summary>Gets when an identity last did something; the minimum value if never.</summary>
    DateTimeOffset LastActivity(IdentityId id);

    /// <summary>Gets the session of a connected identity, or <see langword="null"/>.</summary>
    DeviceSession? Find(IdentityId id);
}
