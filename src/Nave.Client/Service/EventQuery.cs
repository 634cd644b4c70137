namespace Nave.Client;

/// <summary>Which events to read.</summary>
public sealed record EventQuery
{
    /// <summary>Gets the partition; <see langword="null"/> = all.</summary>
    public int? Partition { get; init; }

    /// <summary>Gets where to start: <c>earliest</c>, <c>latest</c>, an ISO 8601 time or a sequence number.</summary>
    public string From { get; init; } = "latest";

    /// <summary>Gets a value indicating whether reading ends at the last event there is; otherwise it follows.</summary>
    public bool UntilEnd { get; init; }

    /// <summary>Gets the device to read of; <see langword="null"/> = all.</summary>
    public string? DeviceId { get; init; }
}
