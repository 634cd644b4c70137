namespace Nave.Hub.Telemetry;

/// <summary>What became of an event that a head handed over.</summary>
public enum AppendOutcome
{
    /// <summary>Staged; the observer is told when it is durable.</summary>
    Staged,

    /// <summary>The staging area is full: stop reading and try again after the next batch.</summary>
    Busy,

    /// <summary>The log takes no writes (disk full or failed): 503.</summary>
    Unavailable,

    /// <summary>The device or hub is over its limit: try again later.</summary>
    Throttled,

    /// <summary>Body and properties exceed 256 KiB.</summary>
    TooLarge,
}
