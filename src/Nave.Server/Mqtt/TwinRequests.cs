using Microsoft.Extensions.Logging;
using Nave.Api;
using Nave.Hub;
using Nave.Hub.Connections;
using Nave.Mqtt;
using Nave.Server.Connections;
using Nave.Storage;

namespace Nave.Server.Mqtt;

/// <summary>
/// The twin requests of one connection, worked off one after the other in the order of their arrival: of two patches the later one wins.
/// Bounded: what does not fit is answered with 429 at once.
/// </summary>
internal sealed partial class TwinRequests(MqttContext context, Connection connection, IotHub hub, DeviceSession session, MqttVersion version)
    : IThreadPoolWorkItem
{
    // A few patches of the largest size that is stored (32 KiB): without it, 64 packets of the largest size would wait.
    private const int MaxWaitingBytes = 256 * 1024;

    private readonly Lock _gate = new();
    private readonly Queue<TwinRequest> _waiting = new();
    private int _waitingBytes;
    private bool _working;

    /// <summary>Adds a request.</summary>
    /// <param name="isGet">Whether it asks for the twin; else it reports properties.</param>
    /// <param name="requestId">Echoed exactly.</param>
    /// <param name="baseVersion">The version of the reported section that the device expects, or <see langword="null"/>.</param>
    /// <param name="payload">The patch.</param>
    public void Add(bool isGet, ReadOnlySpan<byte> requestId, long? baseVersion, ReadOnlySpan<byte> payload)
    {
        var request = new TwinRequest(isGet, requestId.ToArray(), baseVersion, isGet ? [] : payload.ToArray());
        var bytes = BytesOf(request);
        lock (_gate)
        {
            // One always fits, however large: whether it is permitted is for the twins to say.
            if (_waiting.Count < context.Options.MaxWaitingRequests && (_waiting.Count == 0 || _waitingBytes + bytes <= MaxWaitingBytes))
            {
                _waitingBytes += bytes;
                _waiting.Enqueue(request);
                if (_working)
                {
                    return;
                }

                _working = true;
                request = null;
            }
        }

        if (request is null)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
        else
        {
            Fail(request, new HubError(
                HubErrorCode.ThrottlingException,
                $"More than {context.Options.MaxWaitingRequests} twin requests, or {MaxWaitingBytes} bytes of them, of this device wait."));
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
                Fail(request, new HubError(HubErrorCode.ServiceUnavailable, "The hub cannot store twins now."));
            }
            catch (Exception exception)
            {
                Log.RequestFailed(context.Logger, session.Principal.Id, exception);
                Fail(request, new HubError(HubErrorCode.ServerError, "The hub failed."));
            }
        }
    }

    private static int BytesOf(TwinRequest request) => request.RequestId.Length + request.Payload.Length;

    private bool TryTake([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out TwinRequest? request)
    {
        lock (_gate)
        {
            // A connection that has ended has no effect any more.
            if (!connection.IsClosing && _waiting.TryDequeue(out request))
            {
                _waitingBytes -= BytesOf(request);
                return true;
            }

            request = null;
            _waiting.Clear();
            _waitingBytes = 0;
            _working = false;
            return false;
        }
    }

    private async ValueTask AnswerAsync(TwinRequest request)
    {
        var id = session.Principal.Id;
        if (request.IsGet)
        {
            var twin = await hub.Twins.GetDeviceViewAsync(id, CancellationToken.None);
            if (twin.IsSuccess)
            {
                Respond(request, 200, null, twin.Value.Span);
            }
            else
            {
                Fail(request, twin.Error);
            }

            return;
        }

        var patched = await hub.Twins.PatchReportedAsync(id, request.Payload, request.BaseVersion, CancellationToken.None);
        if (patched.IsSuccess)
        {
            Respond(request, 204, patched.Value, []);
        }
        else
        {
            Fail(request, patched.Error);
        }
    }

    private void Fail(TwinRequest request, HubError error)
    {
        var body = ErrorBody.Twin(error, Guid.NewGuid().ToString("N"), context.Time.GetUtcNow());
        Respond(request, error.HttpStatus, null, body);
    }

    private void Respond(TwinRequest request, int status, long? newVersion, ReadOnlySpan<byte> body)
    {
        // Wire facts 4.5.4: only to who has subscribed to answers.
        if ((session.Features & DeviceFeatures.TwinResponses) != 0)
        {
            var topic = PacketScratch.Topic;
            MqttTopics.WriteTwinResponse(topic, status, request.RequestId, newVersion);
            PacketScratch.Publish(connection, version, topic.WrittenSpan, body);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(30, LogLevel.Error, "A twin request of {Id} failed.")]
        public static partial void RequestFailed(ILogger logger, IdentityId id, Exception exception);
    }
}
