using System.Text;
using Nave.Api;
using Nave.Hub.Security;

namespace Nave.Hub.Provisioning;

/// <content>The device side.</content>
public sealed partial class ProvisioningService
{
    /// <summary>The largest body of a register call, in bytes. Source: wire facts 16.6.</summary>
    public const int MaxRegisterBytes = 96 * 1024;

    /// <inheritdoc/>
    public async ValueTask<HubResult<ProvisioningPrincipal>> AuthenticateAsync(
        string idScope, string registrationId, DeviceCredential credential, CancellationToken cancellationToken)
    {
        var device = await _attestor.AttestAsync(idScope, registrationId, credential, cancellationToken);
        if (!device.IsSuccess)
        {
            _metrics.Refused();
        }

        return device;
    }

    /// <inheritdoc/>
    public async ValueTask<HubResult<TpmChallenge>> ChallengeAsync(
        string idScope, string registrationId, TpmEvidence evidence, CancellationToken cancellationToken) =>
        _parts.Limits.TryTakeRegistration() is { } throttled
            ? throttled
            : await _attestor.ChallengeAsync(idScope, registrationId, evidence, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<HubResult<RegistrationProgress>> RegisterAsync(
        ProvisioningPrincipal device, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        if (_parts.Limits.TryTakeRegistration() is { } throttled)
        {
            return throttled;
        }

        var request = Read(device, body);
        return request.IsSuccess
            ? await _runner.RegisterAsync(device, request.Value.Payload.IsNull ? default : request.Value.Payload, cancellationToken)
            : request.Error;
    }

    /// <inheritdoc/>
    public async ValueTask<HubResult<RegistrationProgress>> GetOperationAsync(
        ProvisioningPrincipal device, string operationId, CancellationToken cancellationToken)
    {
        var confirmed = await _attestor.ConfirmAsync(device, cancellationToken);
        return confirmed.IsSuccess ? await _runner.GetOperationAsync(device, operationId, cancellationToken) : confirmed.Error;
    }

    /// <inheritdoc/>
    public async ValueTask<HubResult<DeviceRegistrationState>> GetStatusAsync(ProvisioningPrincipal device, CancellationToken cancellationToken)
    {
        var confirmed = await _attestor.ConfirmAsync(device, cancellationToken);
        if (!confirmed.IsSuccess)
        {
            return confirmed.Error;
        }

        return await Registrations.FindAsync(device.RegistrationId, cancellationToken) is { Record: { } record }
            ? record.ToDeviceState()
            : new HubError(HubErrorCode.DeviceRegistrationNotFound, $"The device '{device.RegistrationId}' has not registered.");
    }

    private static HubResult<DeviceRegistrationRequest> Read(ProvisioningPrincipal device, ReadOnlyMemory<byte> body)
    {
        if (body.Length > MaxRegisterBytes)
        {
            return new HubError(HubErrorCode.MessageTooLarge, $"The request has {body.Length} bytes; {MaxRegisterBytes} are permitted.");
        }

        if (Ascii.Trim(body.Span) is var trimmed && body.Span[trimmed].IsEmpty)
        {
            return new DeviceRegistrationRequest();
        }

        if (!ApiJson.TryRead(body.Span, ProvisioningJson.Default.DeviceRegistrationRequest, out var request, out var error))
        {
            return error;
        }

        return string.IsNullOrEmpty(request.RegistrationId) || request.RegistrationId.Equals(device.RegistrationId, StringComparison.OrdinalIgnoreCase)
            ? request
            : new HubError(HubErrorCode.ArgumentInvalid, $"The body's registrationId must be '{device.RegistrationId}', which the device proved to be.");
    }
}
