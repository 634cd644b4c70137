using System.Runtime.CompilerServices;
using Nave.Api;
using Nave.Hub.Jobs;
using Nave.Storage;

namespace Nave.Hub.Configurations;

/// <summary>The configurations of a hub as lines of exports and imports.</summary>
internal sealed class ConfigurationLines(ConfigurationService service) : IConfigurationLines
{
    /// <inheritdoc/>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var line in service.Export())
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return line;
        }

        await Task.CompletedTask; // They are all in memory.
    }

    /// <inheritdoc/>
    public async ValueTask<HubError?> ApplyAsync(ReadOnlyMemory<byte> line, Action<StateTransaction> mark, CancellationToken cancellationToken) =>
        ApiJson.TryRead(line.Span, ApiJson.Default.ExportImportConfiguration, out var parsed, out var error)
            ? await service.ImportAsync(parsed, mark, cancellationToken)
            : error;
}
