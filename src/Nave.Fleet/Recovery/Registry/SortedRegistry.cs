using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Nave.Api;
using Nave.Fleet.Sorting;

namespace Nave.Fleet.Recovery;

/// <summary>Reads a whole registry in the order of ids: as it comes from a Nave hub, sorted on disk from others, whose order is their own.</summary>
internal static class SortedRegistry
{
    /// <summary>Reads a registry.</summary>
    public static async IAsyncEnumerable<ExportImportDevice> ReadAsync(
        HubRegistry registry, bool withKeys, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (registry.IsNave)
        {
            await foreach (var line in registry.ReadAsync(withKeys, cancellationToken).ConfigureAwait(false))
            {
                yield return line;
            }

            yield break;
        }

        using var sorter = new ExternalSorter();
        await foreach (var line in registry.ReadAsync(withKeys, cancellationToken).ConfigureAwait(false))
        {
            sorter.Add(Encoding.UTF8.GetBytes($"{line.Id}\0{line.ModuleId}"), JsonSerializer.SerializeToUtf8Bytes(line, ApiJson.Wire.ExportImportDevice));
        }

        foreach (var record in sorter.Read())
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return JsonSerializer.Deserialize(record.Value.Span, ApiJson.Default.ExportImportDevice)!; // It was written above.
        }
    }
}
