using Nave.Api;
using Nave.Hub.Security;

namespace Nave.Hub.Provisioning;

/// <summary>
/// The device side of the provisioning service, the same for every protocol. A head does three things: it proves the device once
/// (<see cref="AuthenticateAsync"/>; a device with a TPM gets a nonce from <see cref="ChallengeAsync"/> before), then registers it
/// (<see cref="RegisterAsync"/>), then, while the answer is <see cref="RegistrationStatus.Assigning"/>, lets it ask again
/// (<see cref="GetOperationAsync"/>). Errors are mapped with <see cref="ErrorBody.Twin"/>, whose form is the provisioning service's own:
/// <c>{"errorCode","trackingId","message","timestampUtc"}</c>; the status is the code's first three digits. Thread-safe.
/// </summary>
public interface IDeviceProvisioning
{
    /// <summary>Gets the id scope, <c>0ne</c> and eight hex digits, that devices name in place of a host. Compared without letter case.</summary>
    string IdScope { get; }

    /// <summary>Gets the host name of the service; devices may come by any other.</summary>
    string HostName { get; }

    /// <summary>Proves a device by token or certificate.</summary>
    /// <param name="idScope">The scope that the device names.</param>
    /// <param name="registrationId">Its registration id, percent-decoded, spelled as it was sent: a derived key is made from that spelling.</param>
    /// <param name="credential">
    /// A token with <c>sr={scope}/registrations/{id}</c> (for a TPM signed with the nonce that it was challenged with), or the client
    /// certificate of the TLS handshake with what else was sent.
    /// </param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>
    /// The device, also if its enrollment is disabled (its registration then says so); or 400202 (the id is not permitted), 401002 (unknown scope,
    /// no enrollment that the proof fits, bad or expired token or certificate), 404201 (a TPM that is not enrolled), 429001.
    /// </returns>
    ValueTask<HubResult<ProvisioningPrincipal>> AuthenticateAsync(
        string idScope, string registrationId, DeviceCredential credential, CancellationToken cancellationToken);

    /// <summary>
    /// Makes a nonce that only the TPM of the enrollment can read. The device signs its token with it; the nonce is good for an hour.
    /// Over HTTPS: status 401 with <see cref="TpmChallengeBody"/>; over AMQP: the challenge of SASL mechanism TPM.
    /// </summary>
    /// <param name="idScope">The scope that the device names.</param>
    /// <param name="registrationId">Its registration id, percent-decoded.</param>
    /// <param name="evidence">The keys that the device sent.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The challenge; or 400201, 400203 (a key that is none), 401002 (unknown scope, other keys than the enrolled), 404201, 429001.</returns>
    ValueTask<HubResult<TpmChallenge>> ChallengeAsync(
        string idScope, string registrationId, TpmEvidence evidence, CancellationToken cancellationToken);

    /// <summary>
    /// Assigns the device to a hub. What ends soon ends in this call; what takes longer (a webhook, a remote hub) goes on, and the device asks for it.
    /// Two calls for one device at a time are one operation.
    /// </summary>
    /// <param name="device">Who.</param>
    /// <param name="body">The request's JSON (<see cref="DeviceRegistrationRequest"/>), at most 96 KiB; empty or white space = no fields.</param>
    /// <param name="cancellationToken">Ends the waiting, not the operation.</param>
    /// <returns>The answer; or 400004 (a body that does not fit), 401002 (the proof does not hold any more), 413001, 429001, 503001.</returns>
    ValueTask<HubResult<RegistrationProgress>> RegisterAsync(
        ProvisioningPrincipal device, ReadOnlyMemory<byte> body, CancellationToken cancellationToken);

    /// <summary>Tells how an operation stands; the last one of a device is known, also after a restart.</summary>
    /// <returns>The answer; or 401002, 404203 (not the last operation of this device), 429001, 503001.</returns>
    ValueTask<HubResult<RegistrationProgress>> GetOperationAsync(
        ProvisioningPrincipal device, string operationId, CancellationToken cancellationToken);

    /// <summary>Tells how the registration of the device stands, without an operation id.</summary>
    /// <returns>The state; or 401002, 404202 (it never registered), 429001, 503001.</returns>
    ValueTask<HubResult<DeviceRegistrationState>> GetStatusAsync(ProvisioningPrincipal device, CancellationToken cancellationToken);
}
