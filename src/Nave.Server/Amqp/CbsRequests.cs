using Microsoft.Extensions.Logging;
using Nave.Amqp;
using Nave.Api;
using Nave.Storage;

namespace Nave.Server.Amqp;

/// <summary>The tokens that come over one link, worked off one after the other on the thread pool: a signature does not hold up an event loop.</summary>
internal sealed partial class CbsRequests(AmqpPeer peer, AmqpReceiverLink link, ReplyChannel replies) : IAmqpReceiverHandler, IThreadPoolWorkItem
{
    // Bounded by the link's credit: what waits is not settled. Guarded by the peer's turn.
    private readonly Queue<CbsRequest> _waiting = new();
    private bool _working;

    /// <inheritdoc/>
    public void OnDelivery(AmqpReceiverLink link, in AmqpDelivery delivery)
    {
        CbsRequest request;
        try
        {
            request = CbsRequest.Parse(delivery);
        }
        catch (AmqpProtocolException exception)
        {
            link.Settle(delivery.Id, AmqpOutcome.Rejected(exception.ToError()));
            return;
        }

        if (_waiting.Count >= CbsEndpoint.Credit)
        {
            // Only one who settles what he sends can go on without credit coming back.
            link.Detach(new AmqpError(AmqpCondition.ResourceLimitExceeded, $"{CbsEndpoint.Credit} requests are waiting; no more are permitted."));
            return;
        }

        _waiting.Enqueue(request);
        if (!_working)
        {
            _working = true;
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    /// <inheritdoc/>
    public void OnDetached(AmqpLink link, AmqpError? error) => _waiting.Clear();

    /// <inheritdoc/>
    void IThreadPoolWorkItem.Execute() => _ = RunAsync();

    private async Task RunAsync()
    {
        while (TryTake() is { } request)
        {
            var error = await JudgeAsync(request);
            using (peer.Enter())
            {
                if (error is null)
                {
                    peer.Trust();
                }

                if (request.DeliveryId is { } id)
                {
                    link.Settle(id, AmqpOutcome.Accepted);
                }

                Reply(request, error);
            }
        }
    }

    private CbsRequest? TryTake()
    {
        using (peer.Enter())
        {
            _working = _waiting.TryDequeue(out var request);
            return request;
        }
    }

    private async Task<HubError?> JudgeAsync(CbsRequest request)
    {
        try
        {
            if (peer.Credentials is not { } credentials)
            {
                return new HubError(HubErrorCode.GenericBadRequest, "Tokens are not put here.");
            }

            if (request.Operation != "put-token")
            {
                return new HubError(HubErrorCode.GenericBadRequest, $"The operation is '{request.Operation}'; 'put-token' is permitted.");
            }

            if (request.Token is null)
            {
                return new HubError(HubErrorCode.IotHubUnauthorizedAccess, "The body has to be the token, as a string.");
            }

            // What the body is counts, not what its type says: some clients call a shared access signature 'jwt' (wire facts 3.1.12).
            var put = await credentials.PutAsync(request.Token, CancellationToken.None);
            if (put.IsSuccess)
            {
                await RenewAsync(credentials, put.Value);
            }

            return put.Error;
        }
        catch (StorageUnavailableException)
        {
            return new HubError(HubErrorCode.ServiceUnavailable, "The hub cannot read its registry now.");
        }
        catch (Exception exception)
        {
            // A bug; the client is told to come back, and nobody waits for a task that nobody awaits.
            Log.PutFailed(peer.Context.Logger, exception);
            return new HubError(HubErrorCode.ServerError, "The hub failed.");
        }
    }

    // The devices that rest on the token go on with the new one, their links untouched (wire facts 3.2.2).
    private async Task RenewAsync(PeerCredentials credentials, PeerToken token)
    {
        List<Device.DevicePeer> devices;
        using (peer.Enter())
        {
            devices = [.. peer.Devices.Values.Where(device => credentials.Covers(token, device.Id))];
        }

        foreach (var device in devices)
        {
            var proved = await credentials.AuthenticateAsync(device.Id, CancellationToken.None);
            if (proved.IsSuccess)
            {
                device.Session?.Renew(proved.Value);
            }
        }
    }

    private void Reply(CbsRequest request, HubError? error)
    {
        var writer = MessageScratch.Writer;
        writer.Properties(new AmqpPropertiesFields { CorrelationId = request.MessageId });
        var properties = writer.BeginApplicationProperties();
        writer.String("status-code"u8);
        writer.Int(error?.HttpStatus ?? 200);
        writer.String("status-description"u8);
        writer.String(error?.Message ?? "OK");
        if (error is not null)
        {
            writer.String("error-condition"u8);
            writer.Symbol(AmqpErrors.Of(error).Condition);
        }

        writer.End(properties, error is null ? 4 : 6);
        writer.Body(default);
        if (!replies.TrySend(writer.Written))
        {
            link.Detach(new AmqpError(AmqpCondition.ResourceLimitExceeded, "Too many replies wait for a receiver on $cbs."));
        }
    }

    private static partial class Log
    {
        [LoggerMessage(20, LogLevel.Error, "A token could not be judged.")]
        public static partial void PutFailed(ILogger logger, Exception exception);
    }
}
