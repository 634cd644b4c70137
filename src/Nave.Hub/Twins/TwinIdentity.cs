using Nave.Api;

namespace Nave.Hub.Twins;

/// <summary>
/// What a twin shows of its identity. It is stored with the twin, so that reading or querying twins reads nothing else;
/// the registry hands it over whenever it writes the identity.
/// </summary>
internal sealed record TwinIdentity
{
    /// <summary>Gets who.</summary>
    public required IdentityId Id { get; init; }

    /// <summary>Gets which life of that id.</summary>
    public required string GenerationId { get; init; }

    /// <summary>Gets the identity's etag: the twin's <c>deviceEtag</c>.</summary>
    public required string Etag { get; init; }

    /// <summary>Gets <c>enabled</c> or <c>disabled</c>.</summary>
    public string Status { get; init; } = "enabled";

    /// <summary>Gets the reason for the status, or <see langword="null"/>.</summary>
    public string? StatusReason { get; init; }

    /// <summary>Gets when the status changed last; the minimum value if never.</summary>
    public DateTimeOffset StatusUpdated { get; init; }

    /// <summary>Gets <c>sas</c>, <c>selfSigned</c>, <c>certificateAuthority</c> or <c>none</c>.</summary>
    public string AuthenticationType { get; init; } = "sas";

    /// <summary>Gets the primary thumbprint, or <see langword="null"/>.</summary>
    public string? PrimaryThumbprint { get; init; }

    /// <summary>Gets the secondary thumbprint, or <see langword="null"/>.</summary>
    public string? SecondaryThumbprint { get; init; }

    /// <summary>Gets a value indicating whether it is an edge device.</summary>
    public bool IotEdge { get; init; }

    /// <summary>Gets the edge scope, or <see langword="null"/>.</summary>
    public string? DeviceScope { get; init; }

    /// <summary>Gets the scopes of the parents; <see langword="null"/> leaves them out of the JSON.</summary>
    public IReadOnlyList<string>? ParentScopes { get; init; }
}
