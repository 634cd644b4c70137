namespace Nave.Server.Http.Own;

/// <summary>
/// A hub of this process, as the hub administration shows and takes it. Settable, because generated JSON readers overwrite the defaults of
/// init-only properties.
/// </summary>
internal sealed class HubDescription
{
    /// <summary>Gets the name: the first label of the host name.</summary>
    public string? Name { get; set; }

    /// <summary>Gets the host name by which clients choose the hub.</summary>
    public string? HostName { get; set; }

    /// <summary>Gets the other host names that clients may use, 10 at most.</summary>
    public string[] Aliases { get; set; } = [];

    /// <summary>Gets or sets a value indicating whether the hub stands by: it takes no devices.</summary>
    public bool Standby { get; set; }

    /// <summary>Gets the number of partitions, 1 to 32.</summary>
    public int Partitions { get; set; } = 4;

    /// <summary>Gets the tier: F1, S1, S2, S3 or unlimited.</summary>
    public string Tier { get; set; } = "unlimited";

    /// <summary>Gets how many hours events are kept; <see langword="null"/> = for ever.</summary>
    public double? RetentionHours { get; set; } = 24;

    /// <summary>Gets how many bytes of events are kept; <see langword="null"/> = no limit.</summary>
    public long? RetentionBytes { get; set; }

    /// <summary>Gets the owner's connection string: only in the answer to a creation.</summary>
    public string? ServiceConnectionString { get; set; }
}
