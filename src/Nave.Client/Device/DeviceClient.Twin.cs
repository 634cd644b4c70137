using System.Globalization;
using System.Text;
using System.Text.Json;
using Nave.Api;
using Nave.Mqtt;

namespace Nave.Client;

/// <content>The twin.</content>
public sealed partial class DeviceClient
{
    private readonly Dictionary<string, TwinRequest> _requests = [];
    private long _lastRequest;

    /// <summary>Gets the twin. Waits for the connection if there is none.</summary>
    /// <exception cref="HubException">The hub refused.</exception>
    /// <exception cref="DeviceClientException">No answer within <see cref="DeviceClientOptions.TwinTimeout"/>.</exception>
    public async Task<DeviceTwin> GetTwinAsync(CancellationToken cancellationToken = default)
    {
        var reply = await RequestAsync(MqttTopics.TwinGet, default, cancellationToken).ConfigureAwait(false);
        using var document = JsonDocument.Parse(reply.Body);
        var desired = document.RootElement.GetProperty("desired");
        var reported = document.RootElement.GetProperty("reported");
        return new DeviceTwin(RawJson.From(desired), VersionOf(desired), RawJson.From(reported), VersionOf(reported));
    }

    /// <summary>Merges a patch into the reported properties; <c>null</c> values delete. Repeated if the connection breaks meanwhile.</summary>
    /// <param name="patch">A JSON object.</param>
    /// <param name="baseVersion">The version that the reported section must have; <see langword="null"/> = any.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>The version of the reported section after it.</returns>
    /// <exception cref="HubException">The hub refused, such as 400004 (limits) or 412001 (version).</exception>
    /// <exception cref="DeviceClientException">No answer within <see cref="DeviceClientOptions.TwinTimeout"/>.</exception>
    public async Task<long> PatchReportedAsync(RawJson patch, long? baseVersion = null, CancellationToken cancellationToken = default)
    {
        var reply = await RequestAsync(id => MqttTopics.TwinReported(id, baseVersion), patch.Utf8, cancellationToken).ConfigureAwait(false);
        return reply.Version ?? 0;
    }

    private static long VersionOf(JsonElement section) => section.TryGetProperty("$version", out var version) ? version.GetInt64() : 0;

    private async Task<TwinReply> RequestAsync(Func<string, string> topic, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        var id = Interlocked.Increment(ref _lastRequest).ToString(CultureInfo.InvariantCulture);
        var request = new TwinRequest(Encoding.UTF8.GetBytes(topic(id)), payload);
        TwinReply reply;
        using var timeout = new CancellationTokenSource(_options.TwinTimeout, _options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            await SubscribeAsync(MqttTopics.TwinResponseFilter, MqttQos.AtMostOnce, either.Token).ConfigureAwait(false);
            lock (_gate)
            {
                if (_closed)
                {
                    throw Closed();
                }

                _requests[id] = request;
                if (_connection is { } connection)
                {
                    Publish(connection, request);
                    connection.RequestFlush();
                }
            }

            reply = await request.Reply.Task.WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new DeviceClientException(DeviceClientError.TimedOut, $"The hub did not answer the twin request within {_options.TwinTimeout}.");
        }
        finally
        {
            lock (_gate)
            {
                _requests.Remove(id);
            }
        }

        if (reply.Status < 300)
        {
            return reply;
        }

        return ErrorBody.TryParse(reply.Body, out var error, out var trackingId)
            ? throw new HubException(error, reply.Status, trackingId)
            : throw new HubException(new HubError(HubErrorCode.None, "The hub refused the twin request."), reply.Status, null);
    }

    private void PublishRequests(MqttConnection connection)
    {
        foreach (var request in _requests.Values)
        {
            Publish(connection, request);
        }
    }

    private static void Publish(MqttConnection connection, TwinRequest request) =>
        new MqttPublish { Topic = request.Topic, Payload = request.Payload.Span }.Encode(connection.Output, MqttVersion.V311, MqttSender.Client);

    private void ReceiveTwinReply(in MqttTopicMatch match, ReadOnlySpan<byte> body)
    {
        if (_requests.Remove(Encoding.UTF8.GetString(match.RequestId), out var request))
        {
            request.Reply.TrySetResult(new TwinReply(match.Status, match.Version, body.ToArray()));
        }
    }

    private void FailRequests(Exception reason)
    {
        foreach (var request in _requests.Values)
        {
            request.Reply.TrySetException(reason);
        }

        _requests.Clear();
        foreach (var waiter in _subscriptionWaiters.Values)
        {
            waiter.TrySetException(reason);
        }

        _subscriptionWaiters.Clear();
    }
}
