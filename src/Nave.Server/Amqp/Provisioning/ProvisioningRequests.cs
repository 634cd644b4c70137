using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;
using Nave.Amqp;
using Nave.Api;
using Nave.Hub;
using Nave.Hub.Connections;
using Nave.Hub.Provisioning;
using Nave.Storage;

namespace Nave.Server.Amqp.Provisioning;

/// <summary>
/// The requests of one device that is to be provisioned, worked off one after the other. What succeeds is answered on the device's
/// receiver; what fails is told with the outcome <c>rejected</c>, whose description is the JSON of the error (wire facts 17.4.4, 17.4.5).
/// </summary>
internal sealed partial class ProvisioningRequests(
    AmqpPeer peer, AmqpReceiverLink link, ReplyChannel replies, IDeviceProvisioning provisioning, ProvisioningPrincipal device)
    : IAmqpReceiverHandler, IThreadPoolWorkItem
{
    // Half of what a timer takes; the end of a token that lasts longer is seen by each request.
    private static readonly TimeSpan s_longestWatch = TimeSpan.FromDays(12);

    // Bounded by the link's credit: what waits is not settled. Guarded by the peer's turn.
    private readonly Queue<ProvisioningCall> _waiting = new();
    private bool _working;
    private ITimer? _expiry;

    /// <summary>Detaches the link when the device's token ends. In a turn.</summary>
    public void WatchExpiry()
    {
        if (device.Expires - peer.Context.Time.GetUtcNow() is { } left && left < s_longestWatch)
        {
            var due = left > TimeSpan.Zero ? left : TimeSpan.Zero;
            _expiry = peer.Context.Time.CreateTimer(_ => Expire(), null, due, Timeout.InfiniteTimeSpan);
        }
    }

    /// <inheritdoc/>
    public void OnDelivery(AmqpReceiverLink link, in AmqpDelivery delivery)
    {
        ProvisioningCall call;
        try
        {
            call = ProvisioningCall.Parse(delivery);
        }
        catch (AmqpProtocolException exception)
        {
            link.Settle(delivery.Id, AmqpOutcome.Rejected(exception.ToError()));
            return;
        }

        if (_waiting.Count >= ProvisioningEndpoint.Credit)
        {
            // Only one who settles what he sends can go on without credit coming back.
            link.Detach(new AmqpError(AmqpCondition.ResourceLimitExceeded, $"{ProvisioningEndpoint.Credit} requests are waiting; no more are permitted."));
            return;
        }

        _waiting.Enqueue(call);
        if (!_working)
        {
            _working = true;
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    /// <inheritdoc/>
    public void OnDetached(AmqpLink link, AmqpError? error)
    {
        _waiting.Clear();
        _expiry?.Dispose();
    }

    /// <inheritdoc/>
    void IThreadPoolWorkItem.Execute() => _ = RunAsync();

    private async Task RunAsync()
    {
        while (TryTake() is { } call)
        {
            var answer = await AnswerAsync(call);
            using (peer.Enter())
            {
                if (call.DeliveryId is { } id)
                {
                    link.Settle(id, answer.IsSuccess ? AmqpOutcome.Accepted : AmqpOutcome.Rejected(ErrorOf(answer.Error)));
                }

                if (answer.IsSuccess)
                {
                    Reply(call, answer.Value);
                }
            }
        }
    }

    private ProvisioningCall? TryTake()
    {
        using (peer.Enter())
        {
            _working = _waiting.TryDequeue(out var call);
            return call;
        }
    }

    private async Task<HubResult<RegistrationProgress>> AnswerAsync(ProvisioningCall call)
    {
        try
        {
            return call switch
            {
                { Operation: ProvisioningCall.Register } => await provisioning.RegisterAsync(device, call.Body, CancellationToken.None),
                { Operation: ProvisioningCall.GetOperation } =>
                    await provisioning.GetOperationAsync(device, call.OperationId ?? string.Empty, CancellationToken.None),
                _ => new HubError(
                    HubErrorCode.GenericBadRequest,
                    $"The operation is '{call.Operation}'; '{ProvisioningCall.Register}' and '{ProvisioningCall.GetOperation}' are permitted."),
            };
        }
        catch (StorageUnavailableException)
        {
            return new HubError(HubErrorCode.ServiceUnavailable, "The provisioning service cannot store registrations now.");
        }
        catch (Exception exception)
        {
            // A bug; the device is told to come back, and nobody waits for a task that nobody awaits.
            Log.RequestFailed(peer.Context.Logger, device.RegistrationId, exception);
            return new HubError(HubErrorCode.ServerError, "The provisioning service failed.");
        }
    }

    // The Node SDK reads one spelling, .NET the other, each with its letter case.
    private void Reply(ProvisioningCall call, RegistrationProgress progress)
    {
        var writer = MessageScratch.Writer;
        writer.Properties(new AmqpPropertiesFields { CorrelationId = call.CorrelationId });
        if (progress.RetryAfter is { } wait)
        {
            var seconds = (int)Math.Ceiling(wait.TotalSeconds);
            var properties = writer.BeginApplicationProperties();
            writer.String("retry-after"u8);
            writer.Int(seconds);
            writer.String("Retry-After"u8);
            writer.Int(seconds);
            writer.End(properties, 4);
        }

        writer.Data(progress.ToJson());
        if (!replies.TrySend(writer.Written))
        {
            link.Detach(new AmqpError(AmqpCondition.ResourceLimitExceeded, "Too many replies wait for a receiver."));
        }
    }

    // What passes is told with the conditions that clients try again on.
    private AmqpError ErrorOf(HubError error)
    {
        var isTransient = error.HttpStatus is 429 or >= 500;
        var condition = error.HttpStatus >= 500 ? AmqpCondition.InternalError : AmqpErrors.Of(error).Condition;
        var body = ErrorBody.Twin(error, Guid.NewGuid().ToString(), peer.Context.Time.GetUtcNow());
        var seconds = ((int)RegistrationProgress.PollInterval.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        return new AmqpError(
            condition,
            Encoding.UTF8.GetString(body),
            isTransient ? AmqpMap.Fields(("retry-after", seconds), ("Retry-After", seconds)) : null);
    }

    private void Expire()
    {
        using (peer.Enter())
        {
            link.Detach(AmqpErrors.Of(CloseReason.TokenExpired));
        }
    }

    private static partial class Log
    {
        [LoggerMessage(61, LogLevel.Error, "A request of {RegistrationId} to device provisioning failed.")]
        public static partial void RequestFailed(ILogger logger, string registrationId, Exception exception);
    }
}
