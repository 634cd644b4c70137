using Nave.Amqp;
using Nave.Hub.Connections;
using Nave.Server.Amqp.Sasl;
using Nave.Storage;

namespace Nave.Server.Amqp;

// What the engine tells: SASL, open, attach, close. All in a turn.
internal sealed partial class AmqpPeer
{
    private ISaslExchange? _exchange;
    private string _mechanism = string.Empty;

    /// <inheritdoc/>
    void IAmqpConnectionHandler.OnSaslInit(AmqpConnection connection, AmqpSaslInit init)
    {
        // The claims come later, over $cbs or with the certificate.
        _mechanism = init.Mechanism;
        if (init.Mechanism is AmqpSaslMechanism.Anonymous or AmqpSaslMechanism.External or AmqpSaslMechanism.MsSbCbs)
        {
            connection.SaslOutcome(AmqpSaslCode.Ok);
            return;
        }

        foreach (var mechanism in _context.SaslMechanisms)
        {
            if (mechanism.Name == init.Mechanism && mechanism.Begin(this, init) is { } exchange)
            {
                _exchange = exchange;
                _ = StepAsync(exchange, init.InitialResponse);
                return;
            }
        }

        RefuseSasl(connection);
    }

    /// <inheritdoc/>
    void IAmqpConnectionHandler.OnSaslResponse(AmqpConnection connection, ReadOnlySpan<byte> response)
    {
        if (_exchange is { } exchange)
        {
            _ = StepAsync(exchange, response.ToArray());
        }
        else
        {
            RefuseSasl(connection);
        }
    }

    /// <inheritdoc/>
    void IAmqpConnectionHandler.OnOpen(AmqpConnection connection, AmqpOpen open)
    {
        // Only what the protocol itself says counts; some clients send no SNI (wire facts 1.7, 1.8).
        var tenant = _context.Tenants.FirstOrDefault(one => one.SaslIdentity?.IsInstanceOfType(SaslIdentity) == true) ?? _context.FindTenant(open.HostName);
        if (tenant is null)
        {
            Close(new AmqpError(AmqpErrors.HubNotFound, $"The host '{open.HostName}' is none of those here."), CloseReason.ProtocolError);
            return;
        }

        if (SaslIdentity is PeerCredentials proved && proved.Hub != tenant.Hub)
        {
            Close(new AmqpError(AmqpCondition.UnauthorizedAccess, $"SASL named another hub than '{open.HostName}'."), CloseReason.ProtocolError);
            return;
        }

        Tenant = tenant;
        if (tenant.Hub is { } hub)
        {
            Credentials = SaslIdentity as PeerCredentials ?? new PeerCredentials(hub, _chain, _context.Options.MaxTokens, _context.Time);
        }

        connection.Accept();
        if (SaslIdentity is not null)
        {
            Trust();
        }
    }

    /// <inheritdoc/>
    void IAmqpConnectionHandler.OnAttach(AmqpSenderLink link) => Attach(link, link.Peer!.Source?.Address);

    /// <inheritdoc/>
    void IAmqpConnectionHandler.OnAttach(AmqpReceiverLink link) => Attach(link, link.Peer!.Target?.Address);

    /// <inheritdoc/>
    void IAmqpConnectionHandler.OnClose(AmqpConnection connection, AmqpError? error, bool byPeer)
    {
        if (error is not null)
        {
            Log.EndedWith(_context.Logger, Protocol, error.Condition);
        }

        // The connection is closed when the turn ends, after the last words.
        _endReason ??= byPeer ? CloseReason.ClosedByPeer : _ticking ? CloseReason.KeepAliveExpired : CloseReason.ProtocolError;
    }

    private void Attach(AmqpLink link, string? address)
    {
        if (!AmqpAddress.TryParse(address, out var parsed))
        {
            link.Refuse(new AmqpError(AmqpCondition.InvalidField, "The link has no address that can be read."));
            return;
        }

        var request = new LinkRequest(this, link, parsed);
        if (++_attached > _context.Options.MaxLinks && (_attached = _engine.Sessions.Sum(session => session.Links.Count)) > _context.Options.MaxLinks)
        {
            request.Refuse(new AmqpError(AmqpCondition.ResourceLimitExceeded, $"The connection has {_context.Options.MaxLinks} links; no more are permitted."));
            return;
        }

        foreach (var endpoint in Tenant!.Endpoints)
        {
            if (endpoint.TryOpen(request))
            {
                return;
            }
        }

        request.Refuse(new AmqpError(AmqpCondition.NotFound, $"The messaging entity '{parsed}' could not be found."));
    }

    private void RefuseSasl(AmqpConnection connection)
    {
        Log.SaslRefused(_context.Logger, _mechanism);
        connection.SaslOutcome(AmqpSaslCode.Auth);
    }

    private async Task StepAsync(ISaslExchange exchange, byte[] response)
    {
        await Task.Yield();
        SaslStep step;
        AmqpSaslCode refusal;
        try
        {
            step = await exchange.NextAsync(response, CancellationToken.None);
            refusal = AmqpSaslCode.Auth;
        }
        catch (Exception exception) when (exception is StorageUnavailableException or IOException)
        {
            step = SaslStep.Refuse();
            refusal = AmqpSaslCode.SysTemp;
        }
        catch (Exception exception)
        {
            // A bug; the client is told to come back, and nobody waits for a task that nobody awaits.
            Log.SaslFailed(_context.Logger, _mechanism, exception);
            step = SaslStep.Refuse();
            refusal = AmqpSaslCode.Sys;
        }

        using (Enter())
        {
            if (_ended)
            {
                return;
            }

            if (step.Challenge is { } challenge)
            {
                _engine.SaslChallenge(challenge);
            }
            else if (step.IsAccepted)
            {
                SaslIdentity = step.Identity;
                _engine.SaslOutcome(AmqpSaslCode.Ok);
            }
            else
            {
                Log.SaslRefused(_context.Logger, _mechanism);
                _engine.SaslOutcome(refusal);
            }
        }
    }
}
