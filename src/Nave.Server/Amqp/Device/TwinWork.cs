using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using Nave.Api;
using Nave.Hub.Connections;
using Nave.Storage;

namespace Nave.Server.Amqp.Device;

/// <summary>
/// The twin requests of one device on one connection, worked off one after the other in the order of their arrival: of two patches the later
/// one wins. Bounded: what does not fit is answered with 429 at once.
/// </summary>
internal sealed partial class TwinWork(DevicePeer device) : IThreadPoolWorkItem
{
    // A few patches of the largest size that is stored (32 KiB), as for MQTT.
    private const int MaxWaitingBytes = 256 * 1024;

    // Guarded by the peer's turn.
    private readonly Queue<TwinMessage> _waiting = new();
    private int _waitingBytes;
    private bool _working;

    /// <summary>Adds a request. In the peer's turn.</summary>
    public void Add(TwinMessage request)
    {
        var max = device.Peer.Context.Options.MaxWaitingRequests;

        // One always fits, however large: whether it is permitted is for the twins to say.
        if (_waiting.Count >= max || (_waiting.Count > 0 && _waitingBytes + request.Payload.Length > MaxWaitingBytes))
        {
            Fail(request, new HubError(
                HubErrorCode.ThrottlingException, $"More than {max} twin requests, or {MaxWaitingBytes} bytes of them, of this device wait."));
            return;
        }

        _waitingBytes += request.Payload.Length;
        _waiting.Enqueue(request);
        if (!_working)
        {
            _working = true;
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    /// <inheritdoc/>
    void IThreadPoolWorkItem.Execute() => _ = RunAsync();

    private async Task RunAsync()
    {
        while (TryTake(out var request))
        {
            try
            {
                await AnswerAsync(request);
            }
            catch (StorageUnavailableException)
            {
                FailLater(request, new HubError(HubErrorCode.ServiceUnavailable, "The hub cannot store twins now."));
            }
            catch (Exception exception)
            {
                Log.RequestFailed(device.Peer.Context.Logger, device.Id, exception);
                FailLater(request, new HubError(HubErrorCode.ServerError, "The hub failed."));
            }
        }
    }

    private bool TryTake([NotNullWhen(true)] out TwinMessage? request)
    {
        using (device.Peer.Enter())
        {
            // A session that has ended has no effect any more.
            if (device.Session is { IsOpen: true } && _waiting.TryDequeue(out request))
            {
                _waitingBytes -= request.Payload.Length;
                return true;
            }

            request = null;
            _waiting.Clear();
            _waitingBytes = 0;
            _working = false;
            return false;
        }
    }

    private async ValueTask AnswerAsync(TwinMessage request)
    {
        switch (request.Operation)
        {
            case TwinOperation.Get:
                var twin = await device.Hub.Twins.GetDeviceViewAsync(device.Id, CancellationToken.None);
                Answer(request, twin.Error, null, twin.Value);
                break;
            case TwinOperation.Report:
                var patched = await device.Hub.Twins.PatchReportedAsync(device.Id, request.Payload, request.BaseVersion, CancellationToken.None);
                Answer(request, patched.Error, patched.Value, default);
                break;
            case TwinOperation.Subscribe:
                using (device.Peer.Enter())
                {
                    device.Twin.Subscribe(request.Channel);
                }

                device.Session!.Enable(DeviceFeatures.DesiredProperties);
                Answer(request, null, null, default);
                break;
            case TwinOperation.Unsubscribe:
                device.Session!.Disable(DeviceFeatures.DesiredProperties);
                Answer(request, null, null, default);
                break;
            default:
                Answer(request, new HubError(HubErrorCode.ArgumentInvalid, "The operation and resource are none of a twin."), null, default);
                break;
        }
    }

    private void Answer(TwinMessage request, HubError? error, long? version, ReadOnlyMemory<byte> body)
    {
        using (device.Peer.Enter())
        {
            if (error is not null)
            {
                Fail(request, error);
            }
            else
            {
                device.Twin.Answer(request, 200, version, body.Span);
            }
        }
    }

    private void FailLater(TwinMessage request, HubError error)
    {
        using (device.Peer.Enter())
        {
            Fail(request, error);
        }
    }

    private void Fail(TwinMessage request, HubError error)
    {
        var body = ErrorBody.Twin(error, Guid.NewGuid().ToString("N"), device.Peer.Context.Time.GetUtcNow());
        device.Twin.Answer(request, error.HttpStatus, null, body);
    }

    private static partial class Log
    {
        [LoggerMessage(31, LogLevel.Error, "A twin request of {Id} failed.")]
        public static partial void RequestFailed(ILogger logger, IdentityId id, Exception exception);
    }
}
