namespace Nave.Cli.Commands;

/// <summary>What an export is written as.</summary>
internal enum BackupFormat
{
    /// <summary>An archive of its own, <c>nave</c>.</summary>
    Nave,

    /// <summary>The blobs of an export job, <c>azure-blob</c>.</summary>
    AzureBlob,

    /// <summary>The state file of <c>az iot hub state export</c>, <c>az-state</c>.</summary>
    AzState,
}
