using System.Text.Json.Serialization;

namespace Nave.Api;

/// <summary>What the webhook of the allocation policy custom answers. Wire facts 18.13.</summary>
public sealed record AllocationResponse
{
    /// <summary>Gets the hub: one of those that the request lists.</summary>
    public string? IotHubHostName { get; init; }

    /// <summary>Gets what the twin begins with, in place of the enrollment's; <see langword="null"/> = as the enrollment says.</summary>
    public InitialTwin? InitialTwin { get; init; }

    /// <summary>Gets what the device is to have.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public RawJson Payload { get; init; }
}
