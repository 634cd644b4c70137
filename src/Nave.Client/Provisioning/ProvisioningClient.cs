using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Authentication;
using System.Text.Json;
using Nave.Api;
using Nave.Mqtt;

namespace Nave.Client;

/// <summary>Provisions one device, by Nave's or Azure's service (wire facts 17).</summary>
/// <param name="hostName">The service's host name: Azure's is <c>global.azure-devices-provisioning.net</c>.</param>
/// <param name="idScope">The id scope.</param>
/// <param name="identity">The device.</param>
/// <param name="options">The options.</param>
public sealed class ProvisioningClient(string hostName, string idScope, ProvisioningIdentity identity, ProvisioningClientOptions? options = null)
{
    private readonly ProvisioningClientOptions _options = options ?? new();

    /// <summary>Registers the device and waits until it is assigned to a hub.</summary>
    /// <param name="payload">JSON for the allocation webhook, or nothing.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The registration, with the hub's host name and the device id.</returns>
    /// <exception cref="ProvisioningException">The service refuses, fails, or cannot be reached; or its answer did not come in time.</exception>
    public async Task<DeviceRegistrationState> RegisterAsync(RawJson payload = default, CancellationToken cancellationToken = default)
    {
        using var timeout = new CancellationTokenSource(_options.Timeout, _options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            await using var channel = CreateChannel();
            await channel.OpenAsync(either.Token).ConfigureAwait(false);
            var state = await RegisterAsync(channel, payload, either.Token).ConfigureAwait(false);
            if (identity.Tpm is not null && state.Tpm?.AuthenticationKey is { } key)
            {
                // From here on the TPM signs for the hub.
                await identity.Tpm.ActivateAsync(Convert.FromBase64String(key), either.Token).ConfigureAwait(false);
            }

            return state;
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new ProvisioningException($"{hostName} did not assign '{identity.RegistrationId}' to a hub within {_options.Timeout}.");
        }
        catch (Exception e) when (e is IOException or SocketException or AuthenticationException or WebSocketException or HttpRequestException or MqttProtocolException)
        {
            throw new ProvisioningException($"{hostName} cannot be reached, or broke the connection: {e.Message}", inner: e);
        }
    }

    /// <summary>Makes the connection string of a device that was provisioned with a key.</summary>
    /// <exception cref="InvalidOperationException">The device has another kind of proof, or is not assigned.</exception>
    public IotHubConnectionString ConnectionStringOf(DeviceRegistrationState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        return identity.Key is not null && state.AssignedHub is not null && state.DeviceId is not null
            ? new IotHubConnectionString { HostName = state.AssignedHub, DeviceId = state.DeviceId, SharedAccessKey = identity.Key }
            : throw new InvalidOperationException($"'{identity.RegistrationId}' has no key, or is not assigned to a hub.");
    }

    private IProvisioningChannel CreateChannel() => _options.Transport == ProvisioningTransport.Https
        ? new HttpsProvisioningChannel(hostName, idScope, identity, _options)
        : identity.Tpm is null
            ? new MqttProvisioningChannel(hostName, idScope, identity, _options)
            : throw new InvalidOperationException("A device with a TPM is provisioned over HTTPS.");

    private async Task<DeviceRegistrationState> RegisterAsync(IProvisioningChannel channel, RawJson payload, CancellationToken cancellationToken)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(RequestOf(payload), ProvisioningJson.Wire.DeviceRegistrationRequest);
        string? operationId = null;
        while (true)
        {
            var answer = operationId is null
                ? await channel.RegisterAsync(body, cancellationToken).ConfigureAwait(false)
                : await channel.GetOperationAsync(operationId, cancellationToken).ConfigureAwait(false);
            if (answer.Status >= 300)
            {
                var error = ErrorBody.TryParse(answer.Body, out var told, out _) && told.Code != HubErrorCode.None
                    ? told
                    : new HubError((HubErrorCode)(answer.Status * 1000), "The answer has no error text.");
                if (answer.Status is not (429 or >= 500))
                {
                    throw new ProvisioningException($"{hostName} refused '{identity.RegistrationId}': {(int)error.Code} {error.Message}", error);
                }
            }
            else
            {
                var operation = ApiJson.TryRead(answer.Body.Span, ProvisioningJson.Default.RegistrationOperationStatus, out var read, out var problem)
                    ? read
                    : throw new ProvisioningException($"The answer of {hostName} cannot be read: {problem.Message}", problem);
                if (operation.Status != RegistrationStatus.Assigning)
                {
                    return Judge(operation);
                }

                operationId = operation.OperationId;
            }

            await Task.Delay(answer.RetryAfter ?? _options.PollInterval, _options.TimeProvider, cancellationToken).ConfigureAwait(false);
        }
    }

    private DeviceRegistrationState Judge(RegistrationOperationStatus operation)
    {
        var state = operation.RegistrationState;
        if (operation.Status == RegistrationStatus.Assigned && state?.AssignedHub is not null)
        {
            return state;
        }

        var error = new HubError((HubErrorCode)(state?.ErrorCode ?? 0), state?.ErrorMessage ?? $"The registration is {operation.Status}.");
        throw new ProvisioningException($"'{identity.RegistrationId}' was not assigned: {(int)error.Code} {error.Message}", error);
    }

    private DeviceRegistrationRequest RequestOf(RawJson payload) => new()
    {
        RegistrationId = identity.RegistrationId,
        Payload = payload,
        Tpm = identity.Tpm is not { } tpm
            ? null
            : new TpmAttestation
            {
                EndorsementKey = Convert.ToBase64String(tpm.EndorsementKey.Span),
                StorageRootKey = Convert.ToBase64String(tpm.StorageRootKey.Span),
            },
    };
}
