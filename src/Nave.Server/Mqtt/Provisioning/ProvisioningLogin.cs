using Microsoft.Extensions.Logging;
using Nave.Api;
using Nave.Hub.Security;
using Nave.Mqtt;
using Nave.Storage;

namespace Nave.Server.Mqtt.Provisioning;

/// <summary>Judges one CONNECT to device provisioning on the thread pool.</summary>
internal sealed partial class ProvisioningLogin(
    MqttConnection connection, MqttContext context, ProvisioningUserName userName, MqttConnect connect, DeviceCredential credential)
    : IThreadPoolWorkItem
{
    /// <summary>Gets the packet.</summary>
    public MqttConnect Connect => connect;

    /// <summary>Starts; the outcome goes to the connection.</summary>
    public void Start() => ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);

    /// <inheritdoc/>
    void IThreadPoolWorkItem.Execute() => _ = RunAsync();

    private async Task RunAsync()
    {
        try
        {
            var proved = await context.Provisioning!.AuthenticateAsync(
                userName.IdScope, userName.RegistrationId, credential, CancellationToken.None);
            if (proved.IsSuccess)
            {
                connection.ProvisioningAccepted(this, proved.Value);
            }
            else
            {
                connection.LoginRefused(proved.Error);
            }
        }
        catch (StorageUnavailableException)
        {
            connection.LoginRefused(new HubError(HubErrorCode.ServiceUnavailable, "The provisioning service cannot read its enrollments now."));
        }
        catch (Exception exception)
        {
            // A bug; the device is told to come back, and nobody waits for a task that nobody awaits.
            Log.LoginFailed(context.Logger, userName.RegistrationId, exception);
            connection.LoginRefused(new HubError(HubErrorCode.ServerError, "The provisioning service failed."));
        }
    }

    private static partial class Log
    {
        [LoggerMessage(60, LogLevel.Error, "The login of {RegistrationId} to device provisioning failed.")]
        public static partial void LoginFailed(ILogger logger, string registrationId, Exception exception);
    }
}
