using System.Runtime.CompilerServices;
using Nave.Api;

namespace Nave.Fleet.Recovery;

/// <summary>Deletes all devices of a hub, after a clone was found to be the same.</summary>
public static class SourceDeletion
{
    /// <summary>Deletes.</summary>
    /// <returns>How many devices are gone.</returns>
    public static async Task<long> RunAsync(HubRegistry source, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(source);
        return (await source.WriteAsync(LinesAsync(source, cancellationToken), null, cancellationToken).ConfigureAwait(false)).Applied;
    }

    // A device takes its modules with it.
    private static async IAsyncEnumerable<ExportImportDevice> LinesAsync(HubRegistry source, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var line in source.ReadAsync(withKeys: false, cancellationToken).ConfigureAwait(false))
        {
            if (string.IsNullOrEmpty(line.ModuleId))
            {
                yield return new ExportImportDevice { Id = line.Id, ImportMode = ImportMode.Delete };
            }
        }
    }
}
