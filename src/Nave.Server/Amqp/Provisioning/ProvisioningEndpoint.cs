using Microsoft.Extensions.Logging;
using Nave.Amqp;
using Nave.Api;
using Nave.Hub;
using Nave.Hub.Provisioning;
using Nave.Hub.Security;
using Nave.Server.Mqtt.Provisioning;
using Nave.Storage;

namespace Nave.Server.Amqp.Provisioning;

/// <summary>
/// Links of devices that are to be provisioned, to and from <c>{scope}/registrations/{id}</c> (wire facts 17.4). The device has proved itself
/// with SASL, or does so here with its certificate.
/// </summary>
internal sealed partial class ProvisioningEndpoint(IDeviceProvisioning provisioning) : ILinkEndpoint
{
    /// <summary>How many requests of one link may be under way.</summary>
    public const int Credit = 8;

    private const string Registrations = "registrations";

    private static readonly AmqpAcceptOptions s_options = new() { MaxMessageSize = ProvisioningSession.MaxPacketBytes, Credit = Credit };

    /// <summary>Tells whether an address, or a user name of the same form, is that of a device that is to be provisioned.</summary>
    public static bool IsRegistration(AmqpAddress address) => address.Matches(null, Registrations, null);

    /// <inheritdoc/>
    public bool TryOpen(LinkRequest request)
    {
        if (!IsRegistration(request.Address))
        {
            return false;
        }

        if (request.Peer.SaslIdentity is ProvisioningPrincipal device)
        {
            Open(request, device);
        }
        else if (request.Peer.ClientChain is { Count: > 0 } chain)
        {
            _ = OpenAsync(request, new DeviceCredential(null, chain[0], chain));
        }
        else
        {
            request.Refuse(new HubError(HubErrorCode.IotHubUnauthorizedAccess, "The device has proved itself neither with SASL nor with a certificate."));
        }

        return true;
    }

    private void Open(LinkRequest request, ProvisioningPrincipal device)
    {
        var address = request.Address;
        if (!address.Is(0, provisioning.IdScope) || !address.Is(2, device.RegistrationId))
        {
            request.Refuse(new HubError(
                HubErrorCode.IotHubUnauthorizedAccess,
                $"The link is to '{address}'; the device has proved to be '{provisioning.IdScope}/{Registrations}/{device.RegistrationId}'."));
            return;
        }

        var replies = SessionChannels.Of(request.Peer, request.Session, Registrations);
        if (request.Receiver is null)
        {
            replies.Attach(request, s_options);
        }
        else
        {
            var requests = new ProvisioningRequests(request.Peer, request.Receiver, replies, provisioning, device);
            if (request.Accept(requests, s_options))
            {
                requests.WatchExpiry();
            }
        }
    }

    private async Task OpenAsync(LinkRequest request, DeviceCredential credential)
    {
        await Task.Yield();
        HubResult<ProvisioningPrincipal> proved;
        try
        {
            proved = await provisioning.AuthenticateAsync(request.Address[0], request.Address[2], credential, CancellationToken.None);
        }
        catch (StorageUnavailableException)
        {
            proved = new HubError(HubErrorCode.ServiceUnavailable, "The provisioning service cannot read its enrollments now.");
        }
        catch (Exception exception)
        {
            // A bug; the device is told to come back, and nobody waits for a task that nobody awaits.
            Log.LoginFailed(request.Peer.Context.Logger, request.Address[2], exception);
            proved = new HubError(HubErrorCode.ServerError, "The provisioning service failed.");
        }

        using (request.Peer.Enter())
        {
            if (proved.IsSuccess)
            {
                request.Peer.Trust();
                Open(request, proved.Value);
            }
            else
            {
                request.Refuse(proved.Error);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(60, LogLevel.Error, "The login of {RegistrationId} to device provisioning failed.")]
        public static partial void LoginFailed(ILogger logger, string registrationId, Exception exception);
    }
}
