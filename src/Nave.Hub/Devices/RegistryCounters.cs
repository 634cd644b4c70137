using Nave.Api;
using Nave.Storage;

namespace Nave.Hub.Devices;

/// <summary>How many identities there are: counted once at open, then kept with every committed change. Reading costs nothing.</summary>
internal sealed class RegistryCounters
{
    private long _devices;
    private long _disabled;
    private long _modules;

    /// <summary>Gets the number of devices and modules.</summary>
    public long Identities => Volatile.Read(ref _devices) + Volatile.Read(ref _modules);

    public static async Task<RegistryCounters> OpenAsync(IStateStore store, CancellationToken cancellationToken)
    {
        var all = new StateScan(IdentityCodec.Collection);
        var counters = new RegistryCounters();
        var total = await store.CountAsync(all, cancellationToken);
        counters._modules = await store.CountAsync(all with { AnyOf = [IdentityCodec.Module] }, cancellationToken);
        counters._disabled = await store.CountAsync(all with { AnyOf = [IdentityCodec.Disabled] }, cancellationToken);
        counters._devices = total - counters._modules;
        return counters;
    }

    public void Created(IdentityRecord record) => Add(record, 1);

    public void Deleted(IdentityRecord record) => Add(record, -1);

    public void Updated(IdentityRecord before, IdentityRecord after)
    {
        if (before.Status != after.Status)
        {
            Interlocked.Add(ref _disabled, after.Status == DeviceStatus.Disabled ? 1 : -1);
        }
    }

    public RegistryStatistics Read()
    {
        var devices = Volatile.Read(ref _devices);
        var disabled = Volatile.Read(ref _disabled);
        return new RegistryStatistics { TotalDeviceCount = devices, DisabledDeviceCount = disabled, EnabledDeviceCount = devices - disabled };
    }

    private void Add(IdentityRecord record, int sign)
    {
        if (record.Id.IsModule)
        {
            Interlocked.Add(ref _modules, sign);
            return;
        }

        Interlocked.Add(ref _devices, sign);
        if (record.Status == DeviceStatus.Disabled)
        {
            Interlocked.Add(ref _disabled, sign);
        }
    }
}
