using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Nave.Api;
using Nave.Hub.Security;
using Nave.Storage;

namespace Nave.Hub.Provisioning;

/// <summary>
/// The hubs that devices are assigned to: those of this process, by themselves unless that is turned off, and remote ones by their connection
/// strings. What is set is in the collection <c>linked-hub</c>, under the host name in lower case, and in memory as a snapshot.
/// </summary>
public sealed partial class LinkedHubs : IDisposable
{
    /// <summary>The most links that are set. Source: Azure's limit, wire facts 16.6.</summary>
    public const int MaxCount = 50;

    private const string Collection = "linked-hub";
    private const int Format = 1;
    private const int MaxWeight = 1000;

    private readonly HubHost _local;
    private readonly IRemoteHubs _remote;
    private readonly IStateStore _store;
    private readonly KeyProtector _protector;
    private readonly bool _linkLocal;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _changing = new(1, 1);
    private Dictionary<string, Setting> _settings = new(StringComparer.OrdinalIgnoreCase);

    private LinkedHubs(HubHost local, IRemoteHubs remote, IStateStore store, bool linkLocal, ILogger logger)
    {
        _local = local;
        _remote = remote;
        _store = store;
        _protector = local.Environment.Protector;
        _linkLocal = linkLocal;
        _logger = logger;
    }

    /// <summary>Lists the linked hubs in the order of their names, without connection strings.</summary>
    public IReadOnlyList<LinkedHubDescription> List() =>
    [
        .. All().Select(hub => new LinkedHubDescription { HostName = hub.HostName, AllocationWeight = hub.Weight, IsLocal = hub.IsLocal }),
    ];

    /// <summary>Links a hub, or changes its weight.</summary>
    /// <param name="hostName">The host name: of a hub of this process, or of a remote one.</param>
    /// <param name="wanted">The weight, and for a remote hub the connection string (one that is linked keeps its own).</param>
    /// <param name="cancellationToken">Ends the call before it takes effect.</param>
    /// <returns>The link; or 400004 (a weight or connection string that does not fit), 403000 (too many).</returns>
    public async ValueTask<HubResult<LinkedHubDescription>> PutAsync(string hostName, LinkedHubDescription wanted, CancellationToken cancellationToken)
    {
        if (wanted.AllocationWeight is < 1 or > MaxWeight)
        {
            return Wrong($"allocationWeight is {wanted.AllocationWeight}; 1 to {MaxWeight} is permitted.");
        }

        if (!string.IsNullOrEmpty(wanted.HostName) && !wanted.HostName.Equals(hostName, StringComparison.OrdinalIgnoreCase))
        {
            return Wrong("The body names another host than the path; they must be the same.");
        }

        await _changing.WaitAsync(cancellationToken);
        try
        {
            var before = _settings.GetValueOrDefault(hostName);
            var isLocal = _local.TryFind(hostName, out var hub);
            string? connectionString = null;
            if (!isLocal)
            {
                connectionString = wanted.ConnectionString ?? before?.ConnectionString;
                if (CheckRemote(hostName, connectionString) is { } wrong)
                {
                    return wrong;
                }
            }

            if (before is null && _settings.Count >= MaxCount)
            {
                return new HubError(HubErrorCode.GenericForbidden, $"{_settings.Count} hubs are linked; {MaxCount} are permitted.");
            }

            var setting = Open(isLocal ? hub!.HostName : hostName, wanted.AllocationWeight ?? before?.Weight ?? 1, connectionString, isOff: false);
            await StoreAsync(setting, cancellationToken);
            Log.Linked(_logger, setting.HostName, setting.Weight);
            return new LinkedHubDescription { HostName = setting.HostName, AllocationWeight = setting.Weight, IsLocal = isLocal };
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Removes a link: no device is assigned to the hub any more; those that are stay.</summary>
    /// <returns>True; or 404210.</returns>
    public async ValueTask<HubResult<bool>> DeleteAsync(string hostName, CancellationToken cancellationToken)
    {
        await _changing.WaitAsync(cancellationToken);
        try
        {
            if (Find(hostName) is not { } linked)
            {
                return new HubError(HubErrorCode.LinkedHubNotFound, $"The hub '{hostName}' is not linked.");
            }

            if (linked.IsLocal && _linkLocal)
            {
                await StoreAsync(Open(linked.HostName, linked.Weight, null, isOff: true), cancellationToken);
            }
            else
            {
                await _store.CommitAsync(new StateTransaction().Delete(Collection, KeyOf(hostName)), cancellationToken);
                var settings = new Dictionary<string, Setting>(_settings, _settings.Comparer);
                settings.Remove(hostName);
                Volatile.Write(ref _settings, settings);
            }

            Log.Unlinked(_logger, linked.HostName);
            return true;
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _changing.Dispose();

    /// <summary>Reads what is set.</summary>
    internal static async Task<LinkedHubs> OpenAsync(
        HubHost local, IRemoteHubs remote, IStateStore store, bool linkLocal, ILogger logger, CancellationToken cancellationToken)
    {
        var hubs = new LinkedHubs(local, remote, store, linkLocal, logger);
        await foreach (var document in store.ScanAsync(new StateScan(Collection), cancellationToken))
        {
            var setting = hubs.Decode(document);
            hubs._settings[setting.HostName] = setting;
        }

        return hubs;
    }

    /// <summary>Gets the linked hubs as they are now, in the order of their names.</summary>
    internal IReadOnlyList<LinkedHub> All()
    {
        var settings = Volatile.Read(ref _settings);
        var local = _local.Hubs
            .Where(hub => settings.TryGetValue(hub.HostName, out var setting) ? !setting.IsOff : _linkLocal)
            .Select(hub => new LinkedHub(new LocalHub(hub), settings.GetValueOrDefault(hub.HostName)?.Weight ?? 1, IsLocal: true));
        var remote = settings.Values
            .Where(setting => setting.Remote is not null && !_local.TryFind(setting.HostName, out _))
            .Select(setting => new LinkedHub(setting.Remote!, setting.Weight, IsLocal: false)); // Not null, see above.
        return [.. local.Concat(remote).OrderBy(hub => hub.HostName, StringComparer.OrdinalIgnoreCase)];
    }

    /// <summary>Finds a linked hub.</summary>
    internal LinkedHub? Find(string hostName) => All().FirstOrDefault(hub => hub.HostName.Equals(hostName, StringComparison.OrdinalIgnoreCase));

    /// <summary>Finds a hub from which an identity is to be removed: one of this process also when it is not linked any more.</summary>
    internal ILinkedHub? FindReachable(string hostName) =>
        _local.TryFind(hostName, out var hub) ? new LocalHub(hub) : Volatile.Read(ref _settings).GetValueOrDefault(hostName)?.Remote;

    private static HubError? CheckRemote(string hostName, string? connectionString)
    {
        if (!IotHubConnectionString.TryParse(connectionString, out var parsed, out var error))
        {
            return Wrong($"'{hostName}' is no hub of this process, and connectionString does not give a remote one: {error}");
        }

        return parsed.SharedAccessKeyName is null || parsed.SharedAccessKey is null || !parsed.HostName.Equals(hostName, StringComparison.OrdinalIgnoreCase)
            ? Wrong($"connectionString must be a service connection string (HostName={hostName};SharedAccessKeyName=…;SharedAccessKey=…).")
            : null;
    }

    private static HubError Wrong(string message) => new(HubErrorCode.ArgumentInvalid, message);

    private static string KeyOf(string hostName) => hostName.ToLowerInvariant();

    private static string OwnerOf(string hostName) => $"dps\nlinked-hub\n{KeyOf(hostName)}";

    private Setting Open(string hostName, int weight, string? connectionString, bool isOff) => new(
        hostName,
        weight,
        connectionString,
        isOff,
        connectionString is null ? null : _remote.Open(IotHubConnectionString.Parse(connectionString)));

    private async ValueTask StoreAsync(Setting setting, CancellationToken cancellationToken)
    {
        var document = new LinkedHubDocument
        {
            Format = Format,
            HostName = setting.HostName,
            Weight = setting.Weight,
            ConnectionString = setting.ConnectionString is { } secret ? _protector.Protect(Encoding.UTF8.GetBytes(secret), OwnerOf(setting.HostName)) : null,
            IsOff = setting.IsOff,
        };
        await _store.CommitAsync(
            new StateTransaction().Put(
                Collection, KeyOf(setting.HostName), JsonSerializer.SerializeToUtf8Bytes(document, LinkedHubJson.Default.LinkedHubDocument), terms: []),
            cancellationToken);
        Volatile.Write(ref _settings, new Dictionary<string, Setting>(_settings, _settings.Comparer) { [setting.HostName] = setting });
    }

    private Setting Decode(StateDocument document)
    {
        try
        {
            var stored = JsonSerializer.Deserialize(document.Body.Span, LinkedHubJson.Default.LinkedHubDocument) ?? throw new JsonException("It is null.");
            if (stored.Format != Format)
            {
                throw new InvalidDataException($"The link to the hub '{document.Key}' has format {stored.Format}; this program reads {Format}.");
            }

            var secret = stored.ConnectionString is null ? null : Encoding.UTF8.GetString(_protector.Unprotect(stored.ConnectionString, OwnerOf(stored.HostName)));
            return Open(stored.HostName, stored.Weight, secret, stored.IsOff);
        }
        catch (CryptographicException e)
        {
            throw new InvalidDataException($"The link to the hub '{document.Key}' does not open with this data folder's key file.", e);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            throw new InvalidDataException($"The link to the hub '{document.Key}' is damaged.", e);
        }
    }

    private sealed record Setting(string HostName, int Weight, string? ConnectionString, bool IsOff, ILinkedHub? Remote)
    {
        public override string ToString() => HostName;
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "Linked the hub {HostName} with weight {Weight}")]
        public static partial void Linked(ILogger logger, string hostName, int weight);

        [LoggerMessage(Level = LogLevel.Information, Message = "Unlinked the hub {HostName}")]
        public static partial void Unlinked(ILogger logger, string hostName);
    }
}
