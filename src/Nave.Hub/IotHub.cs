using Nave.Api;
using Nave.Hub.Commands;
using Nave.Hub.Configurations;
using Nave.Hub.Connections;
using Nave.Hub.Devices;
using Nave.Hub.Hosting;
using Nave.Hub.Jobs;
using Nave.Hub.Security;
using Nave.Hub.Telemetry;
using Nave.Hub.Twins;
using Nave.Hub.Uploads;
using Nave.Hub.Webhooks;

namespace Nave.Hub;

/// <summary>One hub: its own policies, keys, registry, event stream and limits. Nothing crosses to another hub.</summary>
public sealed class IotHub
{
    private readonly HubParts _parts;
    private int _closed;

    private IotHub(HubParts parts)
    {
        Created = parts.Settings.Current.Created;
        Name = HubNames.NameOf(parts.Settings.HostName);
        _parts = parts;
    }

    /// <summary>Gets the short name: the first label of the host name.</summary>
    public string Name { get; }

    /// <summary>Gets the host name by which clients choose this hub.</summary>
    public string HostName => Definition.HostName;

    /// <summary>Gets what the hub is defined to be.</summary>
    public HubDefinition Definition => _parts.Settings.Current.Definition;

    /// <summary>Gets when the hub was made.</summary>
    public DateTimeOffset Created { get; }

    /// <summary>Gets the connection string of the iothubowner policy, key included: never log it.</summary>
    public string OwnerConnectionString
    {
        get
        {
            var owner = Authenticator.Policies.First(policy => policy.Name.Equals(SharedAccessPolicy.Owner, StringComparison.OrdinalIgnoreCase));
            return new IotHubConnectionString { HostName = HostName, SharedAccessKeyName = owner.Name, SharedAccessKey = owner.PrimaryKey }
                .ToString(includeSecrets: true);
        }
    }

    /// <summary>Gets the gate: who may do what.</summary>
    public HubAuthenticator Authenticator => _parts.Authenticator;

    /// <summary>Gets the identity registry.</summary>
    public DeviceRegistry Registry => _parts.Registry;

    /// <summary>Gets the configurations of many devices.</summary>
    public ConfigurationService Configurations => _parts.Configurations;

    /// <summary>Gets the twins.</summary>
    public TwinService Twins => _parts.Services.Twins;

    /// <summary>Gets the queries over twins.</summary>
    public TwinQueries Queries => _parts.Services.Queries;

    /// <summary>Gets the way in for events.</summary>
    public TelemetryIngest Telemetry => _parts.Services.Telemetry;

    /// <summary>Gets the way out for events.</summary>
    public EventReader Events => _parts.Services.Events;

    /// <summary>Gets the queues of cloud-to-device messages.</summary>
    public CloudToDeviceService CloudToDevice => _parts.Services.CloudToDevice;

    /// <summary>Gets notifications of uploaded files.</summary>
    public FileNotifications FileNotifications => _parts.Services.FileNotifications;

    /// <summary>Gets files of devices.</summary>
    public FileUploads Uploads => _parts.Uploads;

    /// <summary>Gets who is told of devices that come and go.</summary>
    public HubWebhooks Webhooks => _parts.Webhooks;

    /// <summary>Gets the consumer groups of the event stream, and who reads in them.</summary>
    public ConsumerGroups ConsumerGroups => _parts.Services.ConsumerGroups;

    /// <summary>Gets direct methods.</summary>
    public DirectMethodService Methods => _parts.Services.Methods;

    /// <summary>Gets what is scheduled for many devices.</summary>
    public ScheduledJobs Jobs => _parts.Jobs;

    /// <summary>Gets the whole registry as lines, in and out.</summary>
    public RegistryLines Lines => _parts.Lines;

    /// <summary>Gets import and export jobs.</summary>
    public TransferJobs Transfers => _parts.Transfers;

    /// <summary>Gets who is connected.</summary>
    public DeviceConnections Connections => _parts.Connections;

    /// <summary>Gets a value indicating whether the hub takes events: false while its disk is full or has failed.</summary>
    public bool IsAvailable => Volatile.Read(ref _closed) == 0 && _parts.LogAvailable();

    /// <summary>Gets a value indicating whether identities, twins and messages to devices can be changed: false while the disk is full or has failed.</summary>
    public bool TakesChanges => Volatile.Read(ref _closed) == 0 && _parts.StoreAvailable();

    /// <summary>Tells whether a name is the hub's host name or one of its aliases.</summary>
    public bool Answers(string hostName) => _parts.Settings.Answers(hostName);

    /// <summary>
    /// Makes the hub stand by (devices are cut off and refused with 503; services, consumers and the registry go on) or be active again. Durable
    /// when the task ends.
    /// </summary>
    public async Task SetStandbyAsync(bool standby, CancellationToken cancellationToken)
    {
        await _parts.Settings.ChangeAsync(
            settings => settings with { Definition = settings.Definition with { Standby = standby } }, cancellationToken);
        if (standby)
        {
            Connections.CloseWhere(static _ => true, CloseReason.Standby);
        }
    }

    /// <summary>Gives the hub other aliases.</summary>
    internal Task SetAliasesAsync(IReadOnlyList<string> aliases, CancellationToken cancellationToken) => _parts.Settings.ChangeAsync(
        settings => settings with { Definition = settings.Definition with { Aliases = aliases } }, cancellationToken);

    /// <summary>Opens a hub's log and store and wires its parts.</summary>
    internal static async Task<IotHub> OpenAsync(HubEnvironment environment, string folder, HubSettings settings, CancellationToken cancellationToken) =>
        new(await HubParts.OpenAsync(environment, folder, settings, cancellationToken));

    /// <summary>Closes connections, commits what is under way, and closes log and store. Only the first call counts.</summary>
    internal async ValueTask CloseAsync(CloseReason reason)
    {
        if (Interlocked.Exchange(ref _closed, 1) == 0)
        {
            Connections.CloseAll(reason);
            await _parts.DisposeAsync();
        }
    }
}
