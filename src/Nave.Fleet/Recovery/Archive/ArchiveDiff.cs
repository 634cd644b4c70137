using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Nave.Fleet.Recovery.Archive;

/// <summary>Compares archives in constant memory: both are in the order of ids.</summary>
public static class ArchiveDiff
{
    /// <summary>Compares two archives; what is the same is left out.</summary>
    /// <exception cref="IOException">An archive is damaged.</exception>
    public static async IAsyncEnumerable<ArchiveChange> CompareAsync(
        Func<CancellationToken, Task<ArchiveReader>> before,
        Func<CancellationToken, Task<ArchiveReader>> after,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var pairs = RegistryOrder.MergeAsync(
            ArchiveLines.ReadRegistryAsync(before, cancellationToken), ArchiveLines.ReadRegistryAsync(after, cancellationToken), cancellationToken);
        await foreach (var (id, left, right) in pairs.ConfigureAwait(false))
        {
            if (left is null || right is null)
            {
                yield return new ArchiveChange(id.DeviceId, id.ModuleId, left is null ? "added" : "removed", []);
            }
            else if (RegistryMarks.Of(left).DifferencesFrom(RegistryMarks.Of(right)) is { Count: > 0 } parts)
            {
                yield return new ArchiveChange(
                    id.DeviceId, id.ModuleId, "changed", [.. parts.Select(part => JsonNamingPolicy.CamelCase.ConvertName(part.ToString()))]);
            }
        }
    }
}
