namespace Nave.Hub;

/// <summary>Where the hubs live, and what the default hub is like.</summary>
public sealed record HubHostOptions
{
    /// <summary>Gets the data folder.</summary>
    public required string DataFolder { get; init; }

    /// <summary>Gets the definition of the hub that is made when the folder holds none.</summary>
    public required HubDefinition DefaultHub { get; init; }

    /// <summary>Gets the owner policy's key (base64) for a new default hub; <see langword="null"/> = a random one.</summary>
    public string? OwnerKey { get; init; }
}
