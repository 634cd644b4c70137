using System.Runtime.CompilerServices;
using Nave.Storage.Blobs;

namespace Nave.Fleet.Recovery.Archive;

/// <summary>Reads the blobs of an export job of Azure or of the hub.</summary>
internal static class AzureBlobLines
{
    // That of a line in an archive.
    private const int MaxLineBytes = 32 * 1024 * 1024;

    /// <summary>Reads the lines of both blobs, as they stand there.</summary>
    /// <exception cref="ArchiveException">There is no <c>devices.txt</c>, or a line is too long.</exception>
    /// <exception cref="BlobException">The container refuses or fails.</exception>
    public static async IAsyncEnumerable<ArchiveLine> ReadAsync(IBlobContainer container, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var (part, name) in ((string, string)[])[(ArchivePart.Registry, AzureBlobNames.Devices), (ArchivePart.Configurations, AzureBlobNames.Configurations)])
        {
            if (await container.OpenReadAsync(name, 0, null, cancellationToken).ConfigureAwait(false) is not { } blob)
            {
                if (part == ArchivePart.Registry)
                {
                    throw new ArchiveException($"There is no '{name}' in {container.Address}: no archive of an export is there.");
                }

                continue;
            }

            await foreach (var line in TextLines.ReadAsync(blob, name, MaxLineBytes, cancellationToken).ConfigureAwait(false))
            {
                yield return new ArchiveLine(part, line);
            }
        }
    }
}
