using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Nave.Fleet.Recovery;

/// <summary>How a mirror works.</summary>
public sealed record MirrorOptions
{
    /// <summary>Gets the folder of what the mirror must not forget, one for each pair of hubs.</summary>
    public required string Folder { get; init; }

    /// <summary>Gets the consumer group of the source's event stream that is the mirror's alone.</summary>
    public string ConsumerGroup { get; init; } = Client.EventReadOptions.DefaultConsumerGroup;

    /// <summary>Gets a value indicating whether devices that the target had before the mirror, and that differ, are overwritten; else they are conflicts.</summary>
    public bool Overwrite { get; init; }

    /// <summary>Gets a value indicating whether the target stands by while it is a mirror, so that no device connects to it (Nave only).</summary>
    public bool Standby { get; init; } = true;

    /// <summary>
    /// Gets how often both registries are compared whole: what raises no event (keys, status, scopes, configurations) follows by that. Default 1 min.
    /// </summary>
    public TimeSpan CompareEvery { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Gets how long a promotion waits for the source's last events when the source still answers. Default 10 s.</summary>
    public TimeSpan DrainTime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Gets a value indicating whether a promotion makes the source stand by, if it still answers, so that no two hubs are active (Nave only).</summary>
    public bool Fence { get; init; } = true;

    /// <summary>Gets what is told when the status changes, at most once a second, and at the end.</summary>
    public Action<MirrorStatus>? StatusChanged { get; init; }

    /// <summary>Gets the clock.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Gets the log.</summary>
    public ILogger Logger { get; init; } = NullLogger.Instance;
}
