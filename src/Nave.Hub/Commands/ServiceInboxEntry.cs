namespace Nave.Hub.Commands;

/// <summary>A record that waits for a service, without its content. Changed only with its queue locked.</summary>
/// <param name="sequence">Its place: grows within a queue and is never used twice.</param>
/// <param name="deadline">When it is dropped, in the hub's <see cref="SteadyClock"/>.</param>
/// <param name="deviceId">The device with which it goes, or <see langword="null"/> if it outlives its device.</param>
internal sealed class ServiceInboxEntry(long sequence, long deadline, string? deviceId) : IComparable<ServiceInboxEntry>
{
    /// <summary>Gets its place.</summary>
    public long Sequence { get; } = sequence;

    /// <summary>Gets when it is dropped.</summary>
    public long Deadline { get; } = deadline;

    /// <summary>Gets the device with which it goes.</summary>
    public string? DeviceId { get; } = deviceId;

    /// <summary>Gets or sets how often it was abandoned.</summary>
    public int DeliveryCount { get; set; }

    /// <inheritdoc/>
    public int CompareTo(ServiceInboxEntry? other) => Sequence.CompareTo(other?.Sequence ?? long.MinValue);
}
