using Nave.Api;
using Nave.Hub.Limits;
using Nave.Hub.Twins;

namespace Nave.Hub.Devices;

/// <summary>An identity as the hub works with it: keys decoded, nothing of connections or queues. Immutable, shared by the cache.</summary>
internal sealed record IdentityRecord
{
    public required IdentityId Id { get; init; }

    public required string GenerationId { get; init; }

    public required string Etag { get; init; }

    public DeviceStatus Status { get; init; }

    public string? StatusReason { get; init; }

    /// <summary>Gets when the status changed last; the minimum value if never.</summary>
    public DateTimeOffset StatusUpdated { get; init; }

    public AuthenticationType Type { get; init; }

    /// <summary>Gets the first key; empty unless the type is <see cref="AuthenticationType.Sas"/>.</summary>
    public byte[] PrimaryKey { get; init; } = [];

    public byte[] SecondaryKey { get; init; } = [];

    /// <summary>Gets the first thumbprint, as it was given; <see langword="null"/> unless the type is self-signed.</summary>
    public string? PrimaryThumbprint { get; init; }

    public string? SecondaryThumbprint { get; init; }

    public bool IotEdge { get; init; }

    public string? DeviceScope { get; init; }

    public IReadOnlyList<string>? ParentScopes { get; init; }

    public string? ManagedBy { get; init; }

    /// <summary>Gets the version of the document it was read from; 0 before it is stored.</summary>
    public long Version { get; init; }

    /// <summary>Gets what the device pays its sends from; shared by all sessions that were made from this record.</summary>
    public TokenBucket? SendBudget { get; init; }

    /// <summary>Tells whether a certificate's thumbprint (SHA-1 or SHA-256, hex) is one of the configured ones.</summary>
    public bool HasThumbprint(string sha1, string sha256) =>
        Matches(PrimaryThumbprint, sha1, sha256) || Matches(SecondaryThumbprint, sha1, sha256);

    /// <summary>Tells whether another record of the same identity says the same, but for etag and version.</summary>
    public bool HasContentOf(IdentityRecord other) =>
        Status == other.Status && StatusReason == other.StatusReason && Type == other.Type
        && PrimaryKey.AsSpan().SequenceEqual(other.PrimaryKey) && SecondaryKey.AsSpan().SequenceEqual(other.SecondaryKey)
        && PrimaryThumbprint == other.PrimaryThumbprint && SecondaryThumbprint == other.SecondaryThumbprint
        && IotEdge == other.IotEdge && DeviceScope == other.DeviceScope && ManagedBy == other.ManagedBy
        && (ParentScopes ?? []).SequenceEqual(other.ParentScopes ?? []);

    /// <summary>Makes what the twin shows of it.</summary>
    public TwinIdentity ToTwinIdentity() => new()
    {
        Id = Id,
        GenerationId = GenerationId,
        Etag = Etag,
        Status = WireNames.Of(Status),
        StatusReason = StatusReason,
        StatusUpdated = StatusUpdated,
        AuthenticationType = WireNames.Of(Type),
        PrimaryThumbprint = PrimaryThumbprint,
        SecondaryThumbprint = SecondaryThumbprint,
        IotEdge = IotEdge,
        DeviceScope = DeviceScope,
        ParentScopes = ParentScopes,
    };

    /// <summary>Makes the wire's form, without what connections and queues add. Contains the keys.</summary>
    public DeviceIdentity ToIdentity() => new()
    {
        DeviceId = Id.DeviceId,
        ModuleId = Id.ModuleId,
        ManagedBy = ManagedBy,
        GenerationId = GenerationId,
        ETag = Etag,
        Status = Status,
        StatusReason = StatusReason,
        StatusUpdatedTime = StatusUpdated,
        Authentication = new DeviceAuthentication
        {
            Type = Type,
            SymmetricKey = Type == AuthenticationType.Sas
                ? new SymmetricKeys { PrimaryKey = Convert.ToBase64String(PrimaryKey), SecondaryKey = Convert.ToBase64String(SecondaryKey) }
                : new SymmetricKeys(),
            X509Thumbprint = new X509Thumbprints { PrimaryThumbprint = PrimaryThumbprint, SecondaryThumbprint = SecondaryThumbprint },
        },
        Capabilities = Id.IsModule ? null : new DeviceCapabilities { IotEdge = IotEdge },
        DeviceScope = DeviceScope,
        ParentScopes = ParentScopes,
    };

    private static bool Matches(string? configured, string sha1, string sha256) =>
        configured is not null
        && (configured.Equals(sha1, StringComparison.OrdinalIgnoreCase) || configured.Equals(sha256, StringComparison.OrdinalIgnoreCase));
}
