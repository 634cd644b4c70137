namespace Nave.Hub;

/// <summary>Where the hubs live, and what the default hub is like.</summary>
public sealed record HubHostOptions
{
    /// <summary>Gets the data folder.</summary>
    public required string DataFolder { get; init; }

    /// <summary>Gets the definition of the hub that is made when the folder holds none.</summary>
    public required HubDefinition DefaultHub { get; init; }

    /// <summary>
    /// Gets the owner policy's primary key, base64 of 16 to 64 bytes: the hub with the default hub's host name gets it, whether it
    /// is new or not. <see langword="null"/> = a new hub has a random one, an old one keeps its own.
    /// </summary>
    public string? OwnerKey { get; init; }

    /// <summary>Gets how long after its end a token is still accepted, for clocks that differ. Default 5 min, as Azure's; 0 to 1 h.</summary>
    public TimeSpan ClockSkew { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// Gets how many identities of a hub are held in memory, so that a connect reads nothing from the disk; about 600 bytes each.
    /// Default 100,000; 1,000 to 10,000,000.
    /// </summary>
    public int CachedIdentities { get; init; } = 100_000;

    /// <summary>
    /// Gets the folder below which jobs read and write <c>file:</c> containers: each hub beneath a folder with its own short name.
    /// <see langword="null"/> (the default) = <c>exports</c> in the data folder.
    /// </summary>
    public string? ExportFolder { get; init; }

    /// <summary>
    /// Gets how containers for files of devices are spoken to. <c>FileRoots</c> says beneath which folders <c>file:</c> containers may
    /// be, each hub beneath a folder with its own short name; <see langword="null"/> there = beneath <c>files</c> in the data folder.
    /// </summary>
    public Storage.Blobs.BlobContainerOptions Blobs { get; init; } = new();

    /// <summary>Lists everything that is wrong with these options; empty if nothing is.</summary>
    public IReadOnlyList<string> Validate()
    {
        var problems = new List<string>();
        if (string.IsNullOrWhiteSpace(DataFolder))
        {
            problems.Add("DataFolder is empty; it must name a folder.");
        }

        if (Hosting.HubNames.Check(DefaultHub) is { } wrong)
        {
            problems.Add(wrong.Message);
        }

        if (OwnerKey is not null && (OwnerKey.Length == 0 || Api.IdentityRules.CheckKey("The owner key", OwnerKey) is not null))
        {
            problems.Add("The owner key must be base64 of 16 to 64 bytes.");
        }

        if (ClockSkew < TimeSpan.Zero || ClockSkew > TimeSpan.FromHours(1))
        {
            problems.Add($"ClockSkew is {ClockSkew}; 0 to 1 h is permitted.");
        }

        if (CachedIdentities is < 1000 or > 10_000_000)
        {
            problems.Add($"CachedIdentities is {CachedIdentities}; 1,000 to 10,000,000 is permitted.");
        }

        return problems;
    }
}
