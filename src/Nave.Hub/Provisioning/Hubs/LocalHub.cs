using Nave.Api;

namespace Nave.Hub.Provisioning;

/// <summary>A hub of this process, by direct calls.</summary>
internal sealed class LocalHub(IotHub hub) : ILinkedHub
{
    // A replacement without sections leaves them; these take everything away.
    private static readonly byte[] s_nothing = """{"tags":{},"properties":{"desired":{}}}"""u8.ToArray();

    public string HostName => hub.HostName;

    public ValueTask<HubResult<DeviceIdentity>> FindAsync(string deviceId, CancellationToken cancellationToken) =>
        hub.Registry.GetAsync(new IdentityId(deviceId), cancellationToken);

    public ValueTask<HubResult<DeviceIdentity>> CreateAsync(DeviceIdentity identity, ReadOnlyMemory<byte> twin, CancellationToken cancellationToken) =>
        hub.Registry.CreateWithTwinAsync(identity, twin, cancellationToken);

    public ValueTask<HubResult<DeviceIdentity>> UpdateAsync(DeviceIdentity identity, CancellationToken cancellationToken) =>
        hub.Registry.UpdateAsync(identity, "*", cancellationToken);

    public async ValueTask<HubError?> DeleteAsync(string deviceId, CancellationToken cancellationToken) =>
        (await hub.Registry.DeleteAsync(new IdentityId(deviceId), "*", cancellationToken)).Error;

    public ValueTask<HubResult<ReadOnlyMemory<byte>>> GetTwinAsync(string deviceId, CancellationToken cancellationToken) =>
        hub.Twins.GetAsync(new IdentityId(deviceId), cancellationToken);

    public async ValueTask<HubError?> WriteTwinAsync(string deviceId, ReadOnlyMemory<byte> twin, bool replace, CancellationToken cancellationToken)
    {
        var id = new IdentityId(deviceId);
        return replace
            ? (await hub.Twins.ReplaceAsync(id, twin.IsEmpty ? s_nothing : twin, null, cancellationToken)).Error
            : twin.IsEmpty ? null : (await hub.Twins.PatchAsync(id, twin, null, cancellationToken)).Error;
    }
}
