using Microsoft.Extensions.Logging;
using Nave.Api;
using Nave.Hub;
using Nave.Hub.Security;
using Nave.Mqtt;
using Nave.Storage;

namespace Nave.Server.Mqtt;

/// <summary>Judges one CONNECT on the thread pool, so that neither a signature nor the registry holds up an event loop.</summary>
internal sealed partial class LoginAttempt(
    MqttConnection connection, MqttContext context, IotHub hub, MqttUserName userName, MqttConnect connect, DeviceCredential credential)
    : IThreadPoolWorkItem
{
    /// <summary>Gets the hub that the user name chose.</summary>
    public IotHub Hub => hub;

    /// <summary>Gets what the user name says.</summary>
    public MqttUserName UserName => userName;

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
            var proved = await hub.Authenticator.AuthenticateDeviceAsync(userName.Id, credential, CancellationToken.None);
            if (!proved.IsSuccess)
            {
                connection.LoginRefused(proved.Error);
                return;
            }

            var opened = hub.Connections.Open(proved.Value, connection, MqttConnection.IsPersistent(connect));
            if (opened.IsSuccess)
            {
                connection.LoginAccepted(this, opened.Value);
            }
            else
            {
                connection.LoginRefused(opened.Error);
            }
        }
        catch (StorageUnavailableException)
        {
            connection.LoginRefused(new HubError(HubErrorCode.ServiceUnavailable, "The hub cannot read its registry now."));
        }
        catch (Exception exception)
        {
            // A bug; the device is told to come back, and nobody waits for a task that nobody awaits.
            Log.LoginFailed(context.Logger, userName.Id, exception);
            connection.LoginRefused(new HubError(HubErrorCode.ServerError, "The hub failed."));
        }
    }

    private static partial class Log
    {
        [LoggerMessage(20, LogLevel.Error, "The login of {Id} failed.")]
        public static partial void LoginFailed(ILogger logger, IdentityId id, Exception exception);
    }
}
