namespace Nave.Fleet.Recovery;

/// <summary>How a clone treats what the target has already.</summary>
public sealed record CloneOptions
{
    /// <summary>
    /// Gets a value indicating whether the target may have devices: those that are equal stay, those that the source does not have stay, those that
    /// differ are conflicts unless <see cref="Overwrite"/>. It is how a clone that was cut off goes on.
    /// </summary>
    public bool Resume { get; init; }

    /// <summary>Gets a value indicating whether devices of the target that differ from the source's are overwritten.</summary>
    public bool Overwrite { get; init; }

    /// <summary>Gets a value indicating whether both hubs are read again afterwards and compared device by device.</summary>
    public bool Verify { get; init; } = true;

    /// <summary>Gets what is told how far it is.</summary>
    public Action<CloneProgress>? Progress { get; init; }

    /// <summary>Gets the clock.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
