using Nave.Api;
using Nave.Hub.Security;

namespace Nave.Hub.Limits;

/// <summary>
/// The limits of one hub. Every call is free of locks and allocation; under the tier <c>unlimited</c> it is one test of a null.
/// Over a limit an operation is refused at once; it is the head that makes a device wait (MQTT: it stops reading).
/// </summary>
internal sealed class HubThrottle
{
    private static readonly HubError s_throttled =
        new(HubErrorCode.ThrottlingException, "The hub's tier permits no more operations of this kind now. Try again later.");

    private static readonly HubError s_deviceThrottled =
        new(HubErrorCode.ThrottlingException, "The device sends faster than the hub permits one device. Try again later.");

    private static readonly HubError s_quota =
        new(HubErrorCode.IotHubQuotaExceeded, "The hub's daily message quota is used up. It starts again at 00:00 UTC.");

    private static readonly HubError s_notInTier =
        new(HubErrorCode.OperationNotAvailableInCurrentTier, "The hub's tier does not have this operation. Standard tiers (S1, S2, S3, F1) have it.");

    private readonly TokenBucket?[]? _buckets;
    private readonly bool[] _notInTier = new bool[Enum.GetValues<ThrottledOperation>().Length];
    private readonly RateLimit? _deviceSends;
    private readonly TimeProvider _time;

    /// <summary>Creates the limits.</summary>
    /// <param name="tier">The tier.</param>
    /// <param name="deviceSendsPerSecond">The events a second that one device may send; <see langword="null"/> = no limit.</param>
    /// <param name="time">The clock.</param>
    public HubThrottle(HubTier tier, int? deviceSendsPerSecond, TimeProvider time)
    {
        _time = time;
        ConcurrentJobs = tier.ConcurrentJobs;
        _deviceSends = deviceSendsPerSecond is { } rate ? RateLimit.PerSecond(rate) : null;
        Quota = tier.DailyMessages is { } daily ? new DailyQuota(daily, tier.MeterBytes, time) : null;
        if (tier.Rates is not null)
        {
            _buckets = new TokenBucket?[_notInTier.Length];
            foreach (var (operation, limit) in tier.Rates)
            {
                _notInTier[(int)operation] = limit.Tokens == 0;
                _buckets[(int)operation] = limit.Tokens == 0 ? null : new TokenBucket(limit, time);
            }
        }
    }

    /// <summary>Gets how many scheduled jobs run at once.</summary>
    public int ConcurrentJobs { get; }

    /// <summary>Gets a value indicating whether incoming events are limited at all.</summary>
    public bool LimitsSends => _buckets is not null || _deviceSends is not null;

    /// <summary>Gets limits that permit everything.</summary>
    public static HubThrottle Unlimited { get; } = new(HubTier.Find("unlimited")!, null, TimeProvider.System);

    /// <summary>Gets the daily quota, or <see langword="null"/>.</summary>
    public DailyQuota? Quota { get; }

    /// <summary>Takes what an operation costs.</summary>
    /// <returns><see langword="null"/> if it may go on; else 429001 (over the rate) or 403010 (not in the tier).</returns>
    public HubError? TryTake(ThrottledOperation operation, int cost = 1)
    {
        if (_buckets is null)
        {
            return null;
        }

        if (_notInTier[(int)operation])
        {
            return s_notInTier;
        }

        return _buckets[(int)operation] is { } bucket && !bucket.TryTake(cost) ? s_throttled : null;
    }

    /// <summary>Takes what one device-to-cloud event costs: of the device's rate, the hub's rate and the daily quota.</summary>
    /// <param name="device">Who sends.</param>
    /// <param name="bytes">Body and properties.</param>
    /// <returns><see langword="null"/> if it may go on; else 429001 or 403002.</returns>
    public HubError? TryTakeSend(DevicePrincipal device, int bytes)
    {
        if (device.SendBudget is { } budget && !budget.TryTake(1))
        {
            return s_deviceThrottled;
        }

        return _buckets is null ? null : TryTake(ThrottledOperation.DeviceToCloud) ?? TryMeter(bytes);
    }

    /// <summary>Counts a message, in either direction, against the daily quota.</summary>
    /// <returns><see langword="null"/> if it may go on; else 403002.</returns>
    public HubError? TryMeter(int bytes) => Quota is null || Quota.TryTake(bytes) ? null : s_quota;

    /// <summary>Makes the bucket from which one device pays for what it sends; <see langword="null"/> when there is no limit.</summary>
    public TokenBucket? CreateSendBudget() => _deviceSends is { } limit ? new TokenBucket(limit, _time) : null;
}
