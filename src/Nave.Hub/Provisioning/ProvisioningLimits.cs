using Nave.Api;
using Nave.Hub.Limits;

namespace Nave.Hub.Provisioning;

/// <summary>Azure's rates for a provisioning service (wire facts 16.6), when they are to be enforced; off by default, as every limit of that kind.</summary>
internal sealed class ProvisioningLimits(bool enforce, TimeProvider time)
{
    private const int PerMinute = 1000;

    private static readonly HubError s_throttled = new(
        HubErrorCode.ThrottlingException, $"The provisioning service permits {PerMinute} operations of this kind a minute. Try again later.");

    private readonly TokenBucket? _operations = enforce ? new TokenBucket(RateLimit.PerMinute(PerMinute), time) : null;
    private readonly TokenBucket? _registrations = enforce ? new TokenBucket(RateLimit.PerMinute(PerMinute), time) : null;

    /// <summary>Takes what an operation of the service side costs.</summary>
    /// <returns><see langword="null"/>, or 429001.</returns>
    public HubError? TryTakeOperation() => _operations is null || _operations.TryTake(1) ? null : s_throttled;

    /// <summary>Takes what the registration of a device costs.</summary>
    /// <returns><see langword="null"/>, or 429001.</returns>
    public HubError? TryTakeRegistration() => _registrations is null || _registrations.TryTake(1) ? null : s_throttled;
}
