namespace Nave.Fleet.Replication.Running;

/// <summary>The full read of the hub.</summary>
internal sealed record BootstrapRecord
{
    /// <summary>Gets who reads; <see langword="null"/> = nobody.</summary>
    public string? Owner { get; init; }

    /// <summary>Gets when another may take it over.</summary>
    public DateTimeOffset Expires { get; init; }

    /// <summary>Gets when the last full read was complete; <see langword="null"/> = never.</summary>
    public DateTimeOffset? Finished { get; init; }

    /// <summary>Gets how many twins it read.</summary>
    public long Documents { get; init; }
}
