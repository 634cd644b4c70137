using Nave.Api;
using Nave.Hub.Connections;

namespace Nave.Hub.Commands;

/// <summary>Direct methods: a request to a connected device, and its answer.</summary>
public sealed class DirectMethodService
{
    /// <summary>Invokes a method and waits for the answer.</summary>
    /// <returns>The device's status and payload; or 404001 unknown, 404103 not connected in time, 504101 no answer in time, 403800, 400004.</returns>
    public ValueTask<HubResult<DirectMethodResponse>> InvokeAsync(IdentityId id, DirectMethodRequest request, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Hands in a device's answer; an unknown or late request id is ignored.</summary>
    /// <param name="session">Whose answer.</param>
    /// <param name="requestId">What <see cref="IDeviceLink.TryInvoke"/> was given.</param>
    /// <param name="status">The device's status.</param>
    /// <param name="payload">JSON, or empty for <c>null</c>.</param>
    public void Complete(DeviceSession session, string requestId, int status, ReadOnlySpan<byte> payload) => throw new NotImplementedException();
}
