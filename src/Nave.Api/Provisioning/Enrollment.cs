using System.Text.Json.Serialization;

namespace Nave.Api;

/// <summary>What individual enrollments and groups have in common. Source: wire facts 18.6 and the service's OpenAPI document.</summary>
public abstract record Enrollment
{
    /// <summary>Gets how devices prove themselves.</summary>
    public AttestationMechanism? Attestation { get; init; }

    /// <summary>Gets the capabilities of the identities that are made.</summary>
    public DeviceCapabilities? Capabilities { get; init; }

    /// <summary>Gets the hub of the policy <see cref="Api.AllocationPolicy.Static"/>.</summary>
    public string? IotHubHostName { get; init; }

    /// <summary>Gets the hubs among which to choose; <see langword="null"/> or empty = all that are linked.</summary>
    public IReadOnlyList<string>? IotHubs { get; init; }

    /// <summary>Gets what the twins begin with.</summary>
    public InitialTwin? InitialTwin { get; init; }

    /// <summary>Gets the etag, without quotes.</summary>
    public string? Etag { get; init; }

    /// <summary>Gets whether devices may register; <see langword="null"/> in a request = enabled.</summary>
    public ProvisioningStatus? ProvisioningStatus { get; init; }

    /// <summary>Gets what happens when a device registers again; <see langword="null"/> in a request = choose anew and migrate.</summary>
    public ReprovisionPolicy? ReprovisionPolicy { get; init; }

    /// <summary>Gets when it was made; in a request it is ignored.</summary>
    public DateTimeOffset? CreatedDateTimeUtc { get; init; }

    /// <summary>Gets when it was changed last; in a request it is ignored.</summary>
    public DateTimeOffset? LastUpdatedDateTimeUtc { get; init; }

    /// <summary>Gets how a hub is chosen; <see langword="null"/> in a request = static if a hub is named, else hashed.</summary>
    public AllocationPolicy? AllocationPolicy { get; init; }

    /// <summary>Gets the webhook of the policy <see cref="Api.AllocationPolicy.Custom"/>.</summary>
    public CustomAllocationDefinition? CustomAllocationDefinition { get; init; }

    /// <summary>Gets what the owner notes about the device: a JSON object that is kept as it is.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public RawJson OptionalDeviceInformation { get; init; }
}
