using Nave.Fleet.Sync.Configuration;
using Nave.Fleet.Sync.Providers;

namespace Nave.Fleet.Tests.Sync.Providers;

/// <summary>An external registry of a test, and what others than the provider do with it.</summary>
public abstract class ProviderSite : IAsyncDisposable
{
    /// <summary>Gets the section <c>provider</c> of a configuration, as a YAML mapping on one line.</summary>
    public abstract string Settings { get; }

    /// <summary>Gets what must be in no message.</summary>
    public virtual IReadOnlyList<string> Secrets => [];

    /// <summary>Gets the clock of the provider.</summary>
    public virtual TimeProvider Clock => TimeProvider.System;

    /// <summary>Gets what the provider logged, at every level.</summary>
    internal RecordedLog Log { get; } = new();

    /// <summary>Adds devices with the numbers 0 to <paramref name="count"/> - 1.</summary>
    public abstract Task AddAsync(int count);

    public abstract Task RemoveAsync(string key);

    /// <summary>Lists the keys of all devices, in order.</summary>
    public abstract Task<IReadOnlyList<string>> KeysAsync();

    /// <summary>Makes a hub device that has all that the registry requires.</summary>
    public abstract HubDevice Complete(int number);

    /// <summary>Makes another one of it, by a change that needs no new device.</summary>
    public abstract HubDevice Change(HubDevice device);

    public abstract ValueTask DisposeAsync();

    public IDeviceProvider Create() => Create(Settings);

    public IDeviceProvider Create(string settings) =>
        Read(settings, new Dictionary<string, string>()).CreateProvider(new ProviderContext(Clock, Log));

    public static SyncConfiguration Read(string settings, IReadOnlyDictionary<string, string> environment) => SyncConfigurationReader.Parse(
        $"hub: {{connectionString: 'HostName=h;SharedAccessKeyName=s;SharedAccessKey=QUJD'}}\nprovider: {settings}\n",
        "sync.yaml",
        Path.GetTempPath(),
        SyncEnvironment.Of(environment),
        ProviderCatalog.Default);

    protected static HubDevice With(HubDevice device, string tag, string value)
    {
        ArgumentNullException.ThrowIfNull(device);
        return device with { Tags = new Dictionary<string, string>(device.Tags, StringComparer.Ordinal) { [tag] = value } };
    }
}
