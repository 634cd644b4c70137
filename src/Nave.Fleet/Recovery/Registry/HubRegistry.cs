using System.Runtime.CompilerServices;
using Nave.Api;
using Nave.Client;

namespace Nave.Fleet.Recovery;

/// <summary>
/// A hub's whole registry as work on fleets needs it: identities with their twins as a stream, and back. A Nave hub is read and written
/// in lines; an Azure one by what its service API has: query pages, a read of each identity for its keys, bulk calls.
/// </summary>
public sealed class HubRegistry
{
    private readonly ServiceClient _hub;
    private readonly QueriedRegistry _queried;

    private HubRegistry(ServiceClient hub, bool isNave)
    {
        _hub = hub;
        _queried = new QueriedRegistry(hub);
        IsNave = isNave;
    }

    /// <summary>Gets a value indicating whether the hub is one of Nave's.</summary>
    public bool IsNave { get; }

    /// <summary>Gets the hub's host name.</summary>
    public string HostName => _hub.HostName;

    /// <summary>Gets the client.</summary>
    public ServiceClient Client => _hub;

    /// <summary>Finds out what the hub is. This is also where a wrong key or address shows.</summary>
    /// <exception cref="HubException">The hub refuses.</exception>
    /// <exception cref="HttpRequestException">It cannot be reached.</exception>
    public static async Task<HubRegistry> OpenAsync(ServiceClient hub, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(hub);
        try
        {
            await foreach (var line in hub.ReadRegistryAsync(withKeys: false, ["-"], cancellationToken).ConfigureAwait(false))
            {
                break;
            }

            return new HubRegistry(hub, isNave: true);
        }
        catch (HubException e) when (e.HttpStatus is 400 or 404 or 405)
        {
            await hub.GetStatisticsAsync(cancellationToken).ConfigureAwait(false);
            return new HubRegistry(hub, isNave: false);
        }
    }

    /// <summary>Says what a hub is that may not answer any more.</summary>
    public static HubRegistry Assume(ServiceClient hub, bool isNave) => new(hub, isNave);

    /// <summary>Streams all identities with their twins: on a Nave hub in the order of ids, on others devices first and then modules.</summary>
    public IAsyncEnumerable<ExportImportDevice> ReadAsync(bool withKeys, CancellationToken cancellationToken) =>
        IsNave ? _hub.ReadRegistryAsync(withKeys, null, cancellationToken) : _queried.ReadAsync(withKeys, cancellationToken);

    /// <summary>Reads some devices with their modules; those that do not exist are left out.</summary>
    public async IAsyncEnumerable<ExportImportDevice> ReadAsync(
        IEnumerable<string> deviceIds, bool withKeys, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var ids in deviceIds.Chunk(QueriedRegistry.MaxIds))
        {
            var lines = IsNave ? _hub.ReadRegistryAsync(withKeys, ids, cancellationToken) : _queried.ReadAsync(ids, withKeys, cancellationToken);
            await foreach (var line in lines.ConfigureAwait(false))
            {
                yield return line;
            }
        }
    }

    /// <summary>Writes some lines, as <see cref="WriteAsync(IAsyncEnumerable{ExportImportDevice}, Action{int}?, CancellationToken)"/> does.</summary>
    public Task<RegistryWriteSummary> WriteAsync(IEnumerable<ExportImportDevice> lines, CancellationToken cancellationToken) =>
        WriteAsync(lines.ToAsyncEnumerable(), null, cancellationToken);

    /// <summary>
    /// Writes lines: <see cref="ImportMode.CreateOrUpdate"/> makes an identity and its twin what the line says, <see cref="ImportMode.Delete"/> is
    /// done when there is none. An Azure hub does not let services change the reported properties of a device that exists: that is an error of the
    /// line, whose other parts are applied.
    /// </summary>
    /// <param name="lines">A device before its modules.</param>
    /// <param name="written">Told how many lines are done, after each batch.</param>
    /// <param name="cancellationToken">Ends it between two batches.</param>
    public async Task<RegistryWriteSummary> WriteAsync(
        IAsyncEnumerable<ExportImportDevice> lines, Action<int>? written, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(lines);
        var bulk = new BulkWriter(_hub);
        var summary = await WriteOnceAsync(bulk, lines, written, cancellationToken).ConfigureAwait(false);

        // A device that came before its parent: each round helps those one level further down.
        while (summary.Orphans.Count > 0)
        {
            var again = await WriteOnceAsync(bulk, summary.Orphans.Select(orphan => orphan.Line).ToAsyncEnumerable(), null, cancellationToken).ConfigureAwait(false);
            var isStuck = again.Orphans.Count == summary.Orphans.Count;
            summary = new Round(
                summary.Applied + again.Applied,
                [.. summary.Errors, .. again.Errors, .. isStuck ? again.Orphans.Select(orphan => orphan.Error) : []],
                isStuck ? [] : again.Orphans);
        }

        return new RegistryWriteSummary(summary.Applied, summary.Errors);
    }

    private async Task<Round> WriteOnceAsync(
        BulkWriter bulk, IAsyncEnumerable<ExportImportDevice> lines, Action<int>? written, CancellationToken cancellationToken)
    {
        var (applied, errors, orphans) = (0L, new List<RegistryWriteError>(), new List<(ExportImportDevice, RegistryWriteError)>());
        var size = IsNave ? ServiceClient.MaxRegistryLines : BulkWriter.MaxLines;
        await foreach (var batch in RegistryBatches.Of(lines, size, cancellationToken).ConfigureAwait(false))
        {
            var result = IsNave
                ? await _hub.WriteRegistryAsync(batch, cancellationToken).ConfigureAwait(false)
                : await bulk.WriteAsync(batch, cancellationToken).ConfigureAwait(false);
            applied += result.Applied;
            foreach (var error in result.Errors)
            {
                if (error.ErrorCode == nameof(HubErrorCode.InvalidDeviceScope))
                {
                    orphans.Add((batch[error.Index], error));
                }
                else
                {
                    errors.Add(error);
                }
            }

            written?.Invoke(batch.Count);
        }

        return new Round(applied, errors, orphans);
    }

    private sealed record Round(long Applied, List<RegistryWriteError> Errors, List<(ExportImportDevice Line, RegistryWriteError Error)> Orphans);
}
