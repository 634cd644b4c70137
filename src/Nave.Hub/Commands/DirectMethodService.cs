using System.Collections.Concurrent;
using System.Globalization;
using Nave.Api;
using Nave.Hub.Connections;
using Nave.Hub.Limits;
using Nave.Hub.Twins;

namespace Nave.Hub.Commands;

/// <summary>Direct methods: a request to a connected device, and its answer.</summary>
public sealed class DirectMethodService : ISessionObserver
{
    /// <summary>The most calls that one device may have under way. Ours: Azure gives 403800 but does not publish its number.</summary>
    internal const int MaxInFlight = 64;

    // Wire facts 12.8: methods are metered in steps of 4 KiB.
    private const int MeterBytes = 4096;

    private readonly TwinService _twins;
    private readonly DeviceConnections _connections;
    private readonly HubThrottle _throttle;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<DeviceSession, SessionCalls> _sessions = new();
    private long _lastRequest = Random.Shared.Next();

    internal DirectMethodService(TwinService twins, DeviceConnections connections, HubThrottle throttle, TimeProvider time)
    {
        _twins = twins;
        _connections = connections;
        _throttle = throttle;
        _time = time;
    }

    /// <summary>Gets the number of calls that wait for a device's answer.</summary>
    internal int InFlight => _sessions.Sum(pair => pair.Value.Count);

    /// <summary>Gets the number of sessions that were called and have not ended.</summary>
    internal int Sessions => _sessions.Count;

    /// <summary>Invokes a method and waits for the answer.</summary>
    /// <returns>
    /// The device's status and payload; or 404001/404010 unknown, 404103 not connected in time, 404104 disconnected before it answered,
    /// 504101 no answer in time, 502000 the answer is not JSON, 403800 too many calls, 429001, 400004.
    /// </returns>
    public async ValueTask<HubResult<DirectMethodResponse>> InvokeAsync(IdentityId id, DirectMethodRequest request, CancellationToken cancellationToken)
    {
        // 1. May it be called at all?
        if ((request.Validate() ?? _throttle.TryTake(ThrottledOperation.DirectMethod, Steps(request.Payload.Utf8.Length))) is { } refused)
        {
            return refused;
        }

        var known = await _twins.FindGenerationAsync(id, cancellationToken).ConfigureAwait(false);
        if (!known.IsSuccess)
        {
            return known.Error;
        }

        // 2. Wait for the device.
        var session = await _connections.WaitForAsync(id, DeviceFeatures.Methods, request.ConnectTimeout, cancellationToken).ConfigureAwait(false);
        if (session is null)
        {
            return NotOnline();
        }

        // 3. Send the request; from here on the call is in the table until the block ends, whatever happens.
        var requestId = Interlocked.Increment(ref _lastRequest).ToString("x", CultureInfo.InvariantCulture);
        var calls = _sessions.GetOrAdd(session, static _ => new SessionCalls());
        var call = calls.Add(requestId);
        if (call is null)
        {
            return new HubError(
                HubErrorCode.DeviceMaximumInflightMethodExceeded, $"The device '{id}' has {MaxInFlight} direct methods under way; no more are permitted.");
        }

        try
        {
            // A session that closed before the call was in the table has not failed it.
            if (!session.IsOpen || !session.Link.TryInvoke(requestId, request.MethodName!, request.Payload.Utf8)) // Validated: it has a name.
            {
                return NotOnline();
            }

            // 4. Wait for the answer.
            return await call.Task.WaitAsync(request.ResponseTimeout, _time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return new HubError(
                HubErrorCode.GatewayTimeout, $"Timed out waiting for the response from device: no answer within {request.ResponseTimeout.TotalSeconds:0} s.");
        }
        finally
        {
            calls.Remove(requestId);
            if (!session.IsOpen)
            {
                End(session); // It may have closed before this call was in the table; then nobody else takes it out.
            }
        }
    }

    /// <summary>Hands in a device's answer; an unknown or late request id is ignored.</summary>
    /// <param name="session">Whose answer.</param>
    /// <param name="requestId">What <see cref="IDeviceLink.TryInvoke"/> was given.</param>
    /// <param name="status">The device's status.</param>
    /// <param name="payload">JSON, or empty for <c>null</c>.</param>
    public void Complete(DeviceSession session, string requestId, int status, ReadOnlySpan<byte> payload)
    {
        // Only the session that got the request is asked: an answer over another connection, or of another device, finds nothing.
        if (!session.IsOpen || !_sessions.TryGetValue(session, out var calls) || calls.Remove(requestId) is not { } call)
        {
            return;
        }

        call.TrySetResult(Answer(status, payload));
    }

    void ISessionObserver.Opened(DeviceSession session)
    {
    }

    void ISessionObserver.Enabled(DeviceSession session, DeviceFeatures added)
    {
    }

    void ISessionObserver.Closed(DeviceSession session, CloseReason reason) => End(session);

    // Whoever takes the calls out of the table ends them all: the other one finds nothing.
    private void End(DeviceSession session)
    {
        if (_sessions.TryRemove(session, out var calls))
        {
            calls.FailAll(new HubError(
                HubErrorCode.DeviceConnectionClosedRemotely, "The device's connection ended before it answered; whether it ran the method is not known."));
        }
    }

    private static HubResult<DirectMethodResponse> Answer(int status, ReadOnlySpan<byte> payload)
    {
        if (payload.Length > DirectMethodRequest.MaxPayloadBytes)
        {
            return BadAnswer($"it has {payload.Length} bytes, permitted are {DirectMethodRequest.MaxPayloadBytes}");
        }

        if (payload.IsEmpty)
        {
            return new DirectMethodResponse { Status = status, Payload = RawJson.Null };
        }

        return RawJson.TryCreate(payload.ToArray(), out var json)
            ? new DirectMethodResponse { Status = status, Payload = json }
            : BadAnswer("it is not JSON");
    }

    private static HubError BadAnswer(string why) => new(HubErrorCode.GenericBadGateway, $"The device's answer cannot be passed on: {why}.");

    private static HubError NotOnline() => new(HubErrorCode.DeviceNotOnline, "Timed out waiting for device to connect.");

    private static int Steps(int bytes) => Math.Max(1, (bytes + MeterBytes - 1) / MeterBytes);
}
