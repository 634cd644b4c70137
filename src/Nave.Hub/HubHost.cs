using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using Nave.Api;
using Nave.Hub.Connections;
using Nave.Hub.Hosting;
using Nave.Hub.Security;

namespace Nave.Hub;

/// <summary>All hubs of one process, under one data folder.</summary>
public sealed partial class HubHost : IAsyncDisposable
{
    private readonly DataFolder _folder;
    private readonly HubEnvironment _environment;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _changing = new(1, 1);
    private HubTable _hubs = new([]);
    private bool _disposed;

    private HubHost(DataFolder folder, HubEnvironment environment)
    {
        _folder = folder;
        _environment = environment;
        _logger = environment.Loggers.CreateLogger<HubHost>();
    }

    /// <summary>Gets the hubs, in name order.</summary>
    public IReadOnlyList<IotHub> Hubs => Volatile.Read(ref _hubs).All;

    /// <summary>Gets what all hubs share.</summary>
    internal HubEnvironment Environment => _environment;

    /// <summary>Gets the data folder.</summary>
    internal string DataPath => _folder.Path;

    /// <summary>Gets or sets a host name that no hub may have, because something else answers to it; at composition.</summary>
    internal string? ReservedHostName { get; set; }

    /// <summary>Opens every hub below the data folder; makes the default one if there is none.</summary>
    /// <exception cref="ArgumentException">Options are wrong; the message has every problem.</exception>
    /// <exception cref="InvalidDataException">A file is damaged, of a later format, or readable by everybody.</exception>
    /// <exception cref="IOException">Another process works on the folder, or it cannot be read or written.</exception>
    public static async Task<HubHost> OpenAsync(
        HubHostOptions options, TimeProvider time, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var problems = options.Validate();
        if (problems.Count > 0)
        {
            throw new ArgumentException(string.Join(' ', problems), nameof(options));
        }

        var folder = DataFolder.Open(options.DataFolder, loggers.CreateLogger<DataFolder>());
        var host = new HubHost(folder, new HubEnvironment
        {
            Options = options,
            Protector = folder.Protector,
            Clock = new SessionClock(time),
            Time = time,
            Loggers = loggers,
        });
        try
        {
            await host.OpenHubsAsync(cancellationToken);
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    /// <summary>Finds a hub by host name: case-insensitive, a port is ignored.</summary>
    public bool TryFind(ReadOnlySpan<char> hostName, [NotNullWhen(true)] out IotHub? hub) =>
        Volatile.Read(ref _hubs).ByHost.TryGetValue(HubNames.WithoutPort(hostName), out hub);

    /// <summary>Makes a hub with fresh keys.</summary>
    /// <returns>The hub; or 400004 (the definition is not permitted), 409000 (the host name, or its first label, is taken).</returns>
    public async ValueTask<HubResult<IotHub>> CreateAsync(HubDefinition definition, CancellationToken cancellationToken)
    {
        if (HubNames.Check(definition) is { } invalid)
        {
            return invalid;
        }

        await _changing.WaitAsync(cancellationToken);
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            var name = HubNames.NameOf(definition.HostName);
            if (FindTaken([definition.HostName, .. definition.Aliases], null) is { } used)
            {
                return used;
            }

            if (Hubs.FirstOrDefault(other => other.Name == name) is { } taken)
            {
                return new HubError(HubErrorCode.GenericConflict, $"The hub '{taken.HostName}' has the name '{name}' already.");
            }

            return await MakeAsync(name, HubSettings.Create(definition, _environment.Time.GetUtcNow()), cancellationToken);
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Gives a hub other aliases: what it had and is not named goes. Connections stay.</summary>
    /// <param name="name">The short name or the host name.</param>
    /// <param name="aliases">The aliases, 10 at most.</param>
    /// <param name="cancellationToken">Ends the call before it takes effect.</param>
    /// <returns>The hub; or 404000 (no such hub), 400004 (no host names, or too many), 409000 (a name is taken).</returns>
    public async ValueTask<HubResult<IotHub>> SetAliasesAsync(string name, IReadOnlyList<string> aliases, CancellationToken cancellationToken)
    {
        await _changing.WaitAsync(cancellationToken);
        try
        {
            if (FindByName(name) is not { } hub)
            {
                return new HubError(HubErrorCode.GenericNotFound, $"There is no hub '{name}'.");
            }

            if ((HubNames.Check(hub.Definition with { Aliases = aliases }) ?? FindTaken(aliases, hub)) is { } refused)
            {
                return refused;
            }

            await hub.SetAliasesAsync(aliases, cancellationToken);
            Volatile.Write(ref _hubs, new HubTable(Hubs));
            return hub;
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Deletes a hub with everything in it; its connections are closed first.</summary>
    /// <param name="name">The short name or the host name.</param>
    /// <param name="cancellationToken">Ends the call before it takes effect.</param>
    /// <returns>True, or 404000.</returns>
    public async ValueTask<HubResult<bool>> DeleteAsync(string name, CancellationToken cancellationToken)
    {
        await _changing.WaitAsync(cancellationToken);
        try
        {
            if (FindByName(name) is not { } hub)
            {
                return new HubError(HubErrorCode.GenericNotFound, $"There is no hub '{name}'.");
            }

            Volatile.Write(ref _hubs, new HubTable(Hubs.Where(other => other != hub)));
            await hub.CloseAsync(CloseReason.Deleted);
            await Task.Run(() => _folder.DeleteHub(hub.Name), CancellationToken.None);
            Log.Deleted(_logger, hub.HostName);
            return true;
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Commits what is under way and closes all hubs.</summary>
    public async ValueTask DisposeAsync()
    {
        await _changing.WaitAsync();
        try
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            await Task.WhenAll(Hubs.Select(hub => hub.CloseAsync(CloseReason.ServerShutdown).AsTask()));
            Volatile.Write(ref _hubs, new HubTable([]));
            _environment.Clock.Dispose();
            _folder.Dispose();
        }
        finally
        {
            _changing.Release();
        }
    }

    private IotHub? FindByName(string name) => Hubs.FirstOrDefault(hub =>
        hub.Name.Equals(name, StringComparison.OrdinalIgnoreCase) || hub.HostName.Equals(name, StringComparison.OrdinalIgnoreCase));

    private HubError? FindTaken(IEnumerable<string> hostNames, IotHub? self)
    {
        foreach (var hostName in hostNames)
        {
            if (hostName.Equals(ReservedHostName, StringComparison.OrdinalIgnoreCase))
            {
                return new HubError(HubErrorCode.GenericConflict, $"'{hostName}' is the host name of the provisioning service.");
            }

            if (TryFind(hostName, out var other) && other != self)
            {
                return new HubError(HubErrorCode.GenericConflict, $"The hub '{other.HostName}' answers to the name '{hostName}' already.");
            }
        }

        return null;
    }

    private async Task OpenHubsAsync(CancellationToken cancellationToken)
    {
        var hubs = new List<IotHub>();
        foreach (var name in _folder.ListHubs())
        {
            var folder = _folder.FolderOf(name);
            if (DurableFile.ForeignReaders(Path.Combine(folder, HubSettingsFile.FileName)) != UnixFileMode.None)
            {
                Log.ForeignReaders(_logger, folder);
            }

            hubs.Add(await IotHub.OpenAsync(_environment, folder, HubSettingsFile.Read(folder, _environment.Protector), cancellationToken));
            Volatile.Write(ref _hubs, new HubTable(hubs)); // So that a failure closes those that are open.
        }

        var options = _environment.Options;
        if (hubs.Count == 0)
        {
            var definition = options.DefaultHub;
            await MakeAsync(
                HubNames.NameOf(definition.HostName), HubSettings.Create(definition, _environment.Time.GetUtcNow()), cancellationToken);
        }

        if (options.OwnerKey is not null && TryFind(options.DefaultHub.HostName, out var hub))
        {
            var key = Convert.FromBase64String(options.OwnerKey);
            var owner = hub.Authenticator.Policies.First(policy => policy.Name == SharedAccessPolicy.Owner);
            if (!owner.Primary.AsSpan().SequenceEqual(key))
            {
                await hub.Authenticator.SetPrimaryKeyAsync(owner.Name, key, cancellationToken);
            }
        }
    }

    private async Task<IotHub> MakeAsync(string name, HubSettings settings, CancellationToken cancellationToken)
    {
        await Task.Run(() => _folder.MakeHub(name, settings), cancellationToken);
        try
        {
            var hub = await IotHub.OpenAsync(_environment, _folder.FolderOf(name), settings, cancellationToken);
            Volatile.Write(ref _hubs, new HubTable([.. Hubs, hub]));
            Log.Created(_logger, hub.HostName);
            return hub;
        }
        catch
        {
            _folder.DeleteHub(name); // Nobody was told of it; a second attempt must find the name free.
            throw;
        }
    }

    /// <summary>An immutable snapshot of the hubs, swapped whole.</summary>
    private sealed class HubTable
    {
        public HubTable(IEnumerable<IotHub> hubs)
        {
            All = [.. hubs.OrderBy(hub => hub.Name, StringComparer.Ordinal)];
            var byHost = new Dictionary<string, IotHub>(StringComparer.OrdinalIgnoreCase);
            foreach (var hub in All)
            {
                foreach (var hostName in hub.Definition.Aliases.Prepend(hub.HostName))
                {
                    byHost[hostName] = hub;
                }
            }

            ByHost = byHost.GetAlternateLookup<ReadOnlySpan<char>>();
        }

        public IReadOnlyList<IotHub> All { get; }

        public Dictionary<string, IotHub>.AlternateLookup<ReadOnlySpan<char>> ByHost { get; }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "Others than the owner can read hub.json in {Folder}; its keys are encrypted, but mode 600 is safer.")]
        public static partial void ForeignReaders(ILogger logger, string folder);

        [LoggerMessage(Level = LogLevel.Information, Message = "Made the hub {HostName}")]
        public static partial void Created(ILogger logger, string hostName);

        [LoggerMessage(Level = LogLevel.Information, Message = "Deleted the hub {HostName}")]
        public static partial void Deleted(ILogger logger, string hostName);
    }
}
