using Nave.Fleet.Sync.Providers;
using Nave.Storage.Postgres;

namespace Nave.Fleet.Sync.Configuration;

/// <summary>What is kept in step with what, and how: the content of a configuration file. <c>docs/sync.md</c> describes its form.</summary>
public sealed record SyncConfiguration
{
    /// <summary>Gets the name of the sync, which its marks carry. Default: the provider's.</summary>
    public required string Name { get; init; }

    /// <summary>Gets the hub.</summary>
    public required HubSettings Hub { get; init; }

    /// <summary>Gets further hubs of the façade, by name in any letter case.</summary>
    public IReadOnlyDictionary<string, HubSettings> NamedHubs { get; init; } = new Dictionary<string, HubSettings>();

    /// <summary>Gets the name of the provider.</summary>
    public required string ProviderName { get; init; }

    /// <summary>Gets what makes the provider; the caller disposes of it.</summary>
    public required Func<ProviderContext, IDeviceProvider> CreateProvider { get; init; }

    /// <summary>Gets who says what is right. Default the external registry.</summary>
    public SyncMaster Master { get; init; }

    /// <summary>Gets the owner of each field when both are masters: <see cref="SyncMaster.External"/> or <see cref="SyncMaster.Hub"/>.</summary>
    public IReadOnlyDictionary<string, SyncMaster> FieldOwners { get; init; } = new Dictionary<string, SyncMaster>();

    /// <summary>Gets when runs begin inside <c>nave sync serve</c>: cron, with seconds (six fields) or without; <see langword="null"/> = never.</summary>
    public string? Schedule { get; init; }

    /// <summary>Gets what keeps a mistake from becoming a loss.</summary>
    public GuardSettings Guards { get; init; } = new();

    /// <summary>Gets from how many changes on they are one import job; 0 = always. Default 100.</summary>
    public int JobThreshold { get; init; } = 100;

    /// <summary>Gets what is repeated, when.</summary>
    public RetrySettings Retry { get; init; } = new();

    /// <summary>Gets the façade.</summary>
    public FacadeSettings Facade { get; init; } = new();

    /// <summary>Gets the webhooks.</summary>
    public WebhookSettings Webhooks { get; init; } = new();

    /// <summary>Gets where <c>nave sync serve</c> listens. Default <c>http://localhost:8585</c>.</summary>
    public Uri Listen { get; init; } = new("http://localhost:8585");

    /// <summary>Gets how <c>nave sync serve</c> works.</summary>
    public ServeSettings Serve { get; init; } = new();

    /// <summary>Gets how it hears of changes on the hub.</summary>
    public RealtimeSettings Realtime { get; init; } = new();

    /// <summary>Gets the folder of the state store, full path. Default <c>.nave-sync</c> beside the file.</summary>
    public required string StoreFolder { get; init; }

    /// <summary>Gets where the state store is when it is in PostgreSQL; <see langword="null"/> = in a file of <see cref="StoreFolder"/>.</summary>
    public PostgresStateOptions? StoreDatabase { get; init; }

    /// <summary>Gets the folder that relative paths start from: the file's, full path.</summary>
    public required string BaseFolder { get; init; }

    /// <summary>Gets what the user should know although nothing is wrong.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}
