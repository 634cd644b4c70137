using Nave.Api;

namespace Nave.Hub.Provisioning;

/// <summary>
/// A hub that devices are assigned to: in this process, or elsewhere over HTTPS. Errors are the hub's own; a code of 429, 5xx or a time-out
/// means that the same call may succeed later.
/// </summary>
public interface ILinkedHub
{
    /// <summary>Gets its host name.</summary>
    string HostName { get; }

    /// <summary>Gets a device identity with its keys.</summary>
    /// <returns>The identity; or 404001, or what the hub says.</returns>
    ValueTask<HubResult<DeviceIdentity>> FindAsync(string deviceId, CancellationToken cancellationToken);

    /// <summary>Creates a device identity and its twin, together or not at all.</summary>
    /// <param name="identity">The identity.</param>
    /// <param name="twin">Tags, desired and reported properties, as <c>{"tags":{…},"properties":{"desired":{…},"reported":{…}}}</c>; empty for none.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The identity as the hub stored it; or 409001 if it exists, or what the hub says.</returns>
    ValueTask<HubResult<DeviceIdentity>> CreateAsync(DeviceIdentity identity, ReadOnlyMemory<byte> twin, CancellationToken cancellationToken);

    /// <summary>Replaces authentication, capabilities and status of a device identity, whatever its etag.</summary>
    /// <returns>The identity as the hub stored it; or 404001, or what the hub says.</returns>
    ValueTask<HubResult<DeviceIdentity>> UpdateAsync(DeviceIdentity identity, CancellationToken cancellationToken);

    /// <summary>Deletes a device identity, whatever its etag.</summary>
    /// <returns><see langword="null"/>; or 404001, or what the hub says.</returns>
    ValueTask<HubError?> DeleteAsync(string deviceId, CancellationToken cancellationToken);

    /// <summary>Gets a twin as the service side sees it.</summary>
    /// <returns>The JSON; or 404001, or what the hub says.</returns>
    ValueTask<HubResult<ReadOnlyMemory<byte>>> GetTwinAsync(string deviceId, CancellationToken cancellationToken);

    /// <summary>Merges tags and desired properties into a twin, or puts them in place of what is there.</summary>
    /// <param name="deviceId">Whose.</param>
    /// <param name="twin">The content, as for <see cref="CreateAsync"/>, of which reported properties are ignored.</param>
    /// <param name="replace">Whether what is not in it goes.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns><see langword="null"/>; or 404001, or what the hub says.</returns>
    ValueTask<HubError?> WriteTwinAsync(string deviceId, ReadOnlyMemory<byte> twin, bool replace, CancellationToken cancellationToken);
}
