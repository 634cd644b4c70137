using System.Runtime.CompilerServices;
using Nave.Api;

namespace Nave.Fleet.Recovery;

/// <summary>Cuts a stream of lines into what one call takes: so many lines and bytes, and no identity twice.</summary>
internal static class RegistryBatches
{
    // Half of what a hub takes in one body: lengths are estimates.
    private const int MaxBytes = 4 * 1024 * 1024;

    // What a line has beside its twin, about.
    private const int LineBytes = 1024;

    /// <summary>Cuts a stream.</summary>
    public static async IAsyncEnumerable<IReadOnlyList<ExportImportDevice>> Of(
        IAsyncEnumerable<ExportImportDevice> lines, int size, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var batch = new List<ExportImportDevice>(size);
        var seen = new HashSet<(string?, string?)>();
        var bytes = 0;
        await foreach (var line in lines.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            var length = LineBytes + line.Tags.Utf8.Length + (line.Properties?.Desired.Utf8.Length ?? 0) + (line.Properties?.Reported.Utf8.Length ?? 0);
            if (batch.Count == size || (batch.Count > 0 && bytes + length > MaxBytes) || seen.Contains((line.Id, line.ModuleId)))
            {
                yield return batch;
                batch = new List<ExportImportDevice>(size);
                seen.Clear();
                bytes = 0;
            }

            batch.Add(line);
            seen.Add((line.Id, line.ModuleId));
            bytes += length;
        }

        if (batch.Count > 0)
        {
            yield return batch;
        }
    }
}
