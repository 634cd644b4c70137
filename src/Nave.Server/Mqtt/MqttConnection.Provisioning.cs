using Nave.Hub.Provisioning;
using Nave.Mqtt;
using Nave.Server.Mqtt.Provisioning;

namespace Nave.Server.Mqtt;

// The step into device provisioning; what happens there is ProvisioningSession's.
internal sealed partial class MqttConnection
{
    private ProvisioningSession? _provisioning;

    /// <summary>Ends a login to device provisioning that succeeded. Called from the thread pool.</summary>
    internal void ProvisioningAccepted(ProvisioningLogin login, ProvisioningPrincipal device)
    {
        lock (_gate)
        {
            if (_phase == MqttPhase.Closing)
            {
                return;
            }

            _provisioning = new ProvisioningSession(this, _connection, _context, device, _version);
            _maxPacket = ProvisioningSession.MaxPacketBytes;
            _silence = SilenceOf(login.Connect);
            _phase = MqttPhase.Open;
        }

        _connection.IsTrusted = true;
        var now = _connection.Lane.Now;
        Volatile.Write(ref _lastPacket, now);
        _connection.SetDeadline(Math.Min(now + _silence, now + TimeLeft()));
        _context.Metrics.Connected(Protocol);
        Log.ProvisioningConnected(_context.Logger, device, Protocol);
        _connection.Send(EncodeConnAck(login.Connect, sessionPresent: false, isPersistent: false));
        Resume();
    }

    /// <summary>Reads nothing more until <see cref="Resume"/>; from within the reading.</summary>
    internal void Hold()
    {
        _held = true;
        _connection.PauseReading();
    }

    /// <summary>Reads on. Called from any thread.</summary>
    internal void Resume()
    {
        _held = false;
        _connection.ResumeReading();
    }

    // Device provisioning, or a hub that is told apart by its own form of user name.
    private bool TryProvision(MqttConnect connect)
    {
        if (_context.Provisioning is null || !ProvisioningUserName.TryParse(connect.UserName, connect.ClientId, out var userName))
        {
            return false;
        }

        if (!MqttUserName.IsApiVersion(userName.ApiVersion))
        {
            RefuseConnect(MqttReason.UnsupportedProtocolVersion, _version, "The api-version must be a date such as 2019-03-31.");
        }
        else if (connect.Will is not null)
        {
            RefuseConnect(MqttReason.NotAuthorized, _version, "Device provisioning takes no will.");
        }
        else
        {
            _phase = MqttPhase.Authenticating;
            Hold();
            new ProvisioningLogin(this, _context, userName, connect, CredentialOf(connect)).Start();
        }

        return true;
    }

    // Until the token ends, in milliseconds; at most the longest silence, after which the question comes again.
    private long TimeLeft()
    {
        if (_provisioning?.Device.Expires is not { } expires)
        {
            return _silence;
        }

        var left = expires - _context.Time.GetUtcNow();
        return left <= TimeSpan.Zero ? 0 : (long)Math.Min(_silence, Math.Ceiling(left.TotalMilliseconds));
    }
}
