namespace Nave.Fleet.Sync.State;

/// <summary>A device that both sides changed, so that nobody can tell which is right. It is left alone until it is resolved.</summary>
public sealed record QuarantinedDevice
{
    /// <summary>Gets the device id.</summary>
    public required string DeviceId { get; init; }

    /// <summary>Gets since when.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>Gets why: a sentence a field, without the value of a write-only field.</summary>
    public required IReadOnlyList<string> Reasons { get; init; }

    /// <summary>Gets whose side the next run takes: <c>hub</c> or <c>external</c>; <see langword="null"/> = not resolved.</summary>
    public string? Take { get; init; }
}
