using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Nave.Fleet.Sync.Providers;

namespace Nave.Fleet.Tests.Sync.Support;

/// <summary>An external registry in memory that enforces what a real one does, and fails on demand.</summary>
internal sealed class MemoryRegistry : IDeviceProvider
{
    private readonly ConcurrentDictionary<string, IReadOnlyDictionary<string, string>> _devices = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int> _created = new(StringComparer.Ordinal);
    private int _calls;

    public ProviderTraits Traits { get; init; } = new() { Name = "memory", KeepsTags = true };

    /// <summary>Gets or sets how many devices a listing yields before it breaks off.</summary>
    public int? BreakListingAfter { get; set; }

    /// <summary>Gets or sets ids that listings leave out without a word, as a short page would.</summary>
    public HashSet<string> Unlisted { get; set; } = [];

    /// <summary>Gets or sets a value indicating whether each page is listed twice.</summary>
    public bool ListsTwice { get; set; }

    /// <summary>Gets or sets what is thrown before a change of a device, by its key.</summary>
    public Func<string, Exception?> BeforeChange { get; set; } = _ => null;

    /// <summary>Gets or sets what is thrown after a change of a device has taken effect, by its key: an answer that is lost.</summary>
    public Func<string, Exception?> AfterChange { get; set; } = _ => null;

    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> Devices => _devices;

    public int Calls => _calls;

    public MemoryRegistry With(string key, params (string Name, string Value)[] fields)
    {
        _devices[key] = fields.ToDictionary(field => field.Name, field => field.Value, StringComparer.Ordinal);
        return this;
    }

    public void Remove(string key) => _devices.TryRemove(key, out _);

    /// <summary>Gets how often a device was created.</summary>
    public int Creations(string key) => _created.GetValueOrDefault(key);

    public async IAsyncEnumerable<ExternalDevice> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var listed = 0;
        for (var pass = 0; pass < (ListsTwice ? 2 : 1); pass++)
        {
            // In no order.
            foreach (var (key, _) in _devices.OrderBy(device => string.GetHashCode(device.Key, StringComparison.Ordinal)))
            {
                await Task.Yield();
                cancellationToken.ThrowIfCancellationRequested();
                if (listed++ == BreakListingAfter)
                {
                    throw new ListingIncompleteException(ProviderFailure.Transient, listed - 1, "The registry answered 503.");
                }

                if (!Unlisted.Contains(key) && Read(key) is { } device)
                {
                    yield return device;
                }
            }
        }
    }

    public Task<ExternalDevice?> FindAsync(string key, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _calls);
        return Task.FromResult(Read(key));
    }

    public Task<ExternalDevice> CreateAsync(ExternalDevice device, CancellationToken cancellationToken) => ChangeAsync(device.Key, () =>
    {
        if (!_devices.TryAdd(device.Key, device.Fields))
        {
            throw new ProviderException(ProviderFailure.AlreadyExists, $"There is a device {device.Key}.");
        }

        _created.AddOrUpdate(device.Key, 1, (_, count) => count + 1);
        return Read(device.Key)!;
    });

    public Task<ExternalDevice> UpdateAsync(ExternalDevice current, ExternalDevice wanted, CancellationToken cancellationToken) => ChangeAsync(current.Key, () =>
    {
        if (!_devices.TryGetValue(current.Key, out var fields))
        {
            throw new ProviderException(ProviderFailure.NotFound, $"There is no device {current.Key}.");
        }

        var changed = new Dictionary<string, string>(wanted.Fields, StringComparer.Ordinal);
        foreach (var (name, value) in fields.Where(field => Traits.IsWriteOnly(field.Key)))
        {
            changed.TryAdd(name, value);
        }

        foreach (var name in changed.Keys.Union(fields.Keys))
        {
            if (changed.GetValueOrDefault(name) != fields.GetValueOrDefault(name) && Traits.NeedsRecreation(name))
            {
                throw new ProviderException(ProviderFailure.Permanent, $"The field {name} cannot be changed.");
            }
        }

        _devices[current.Key] = changed;
        return Read(current.Key)!;
    });

    public Task<bool> DeleteAsync(ExternalDevice device, CancellationToken cancellationToken) => ChangeAsync(device.Key, () => _devices.TryRemove(device.Key, out _));

    public IReadOnlyList<TagProblem> Validate(HubDevice device) =>
    [
        .. Traits.Fields.Where(field => field.IsRequired && !device.Tags.ContainsKey(field.Name))
            .Select(field => new TagProblem(field.Name, IsMissing: true, $"The tag '{field.Name}' is needed.")),
    ];

    public HubDevice ToHub(ExternalDevice device) => new() { DeviceId = device.Key, Tags = device.Fields };

    public ExternalDevice ToExternal(HubDevice device) => new()
    {
        Key = device.DeviceId, Fields = device.Tags.Where(tag => Traits.Keeps(tag.Key)).ToDictionary(StringComparer.Ordinal),
    };

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private ExternalDevice? Read(string key) => _devices.TryGetValue(key, out var fields)
        ? new ExternalDevice { Key = key, Fields = fields.Where(field => !Traits.IsWriteOnly(field.Key)).ToDictionary(StringComparer.Ordinal) }
        : null;

    private async Task<T> ChangeAsync<T>(string key, Func<T> change)
    {
        Interlocked.Increment(ref _calls);
        await Task.Yield();
        if (BeforeChange(key) is { } before)
        {
            throw before;
        }

        var result = change();
        return AfterChange(key) is { } after ? throw after : result;
    }
}
