namespace Nave.Fleet.Recovery.Archive;

/// <summary>The blobs of an export job, Azure's and the hub's. Source: wire facts 9.4.</summary>
internal static class AzureBlobNames
{
    /// <summary>Identities with twins.</summary>
    public const string Devices = "devices.txt";

    /// <summary>Configurations and deployments.</summary>
    public const string Configurations = "configurations.txt";
}
