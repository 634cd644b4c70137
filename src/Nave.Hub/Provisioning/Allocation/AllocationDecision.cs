using Nave.Api;

namespace Nave.Hub.Provisioning;

/// <summary>Where a device goes.</summary>
/// <param name="Hub">The hub.</param>
internal sealed record AllocationDecision(LinkedHub Hub)
{
    /// <summary>Gets what the twin begins with, in place of the enrollment's; <see langword="null"/> = as the enrollment says.</summary>
    public InitialTwin? InitialTwin { get; init; }

    /// <summary>Gets what the device is to have.</summary>
    public RawJson Payload { get; init; }
}
