using Nave.Mqtt;

namespace Nave.Client;

/// <content>Subscriptions: asked for once, and again on each connection.</content>
public sealed partial class DeviceClient
{
    private readonly Dictionary<string, MqttQos> _filters = [];
    private readonly HashSet<string> _granted = [];
    private readonly Dictionary<string, TaskCompletionSource> _subscriptionWaiters = [];
    private readonly Dictionary<ushort, string[]> _subscribing = [];

    private async Task SubscribeAsync(string filter, MqttQos qos, CancellationToken cancellationToken)
    {
        Task granted;
        lock (_gate)
        {
            if (_closed)
            {
                throw Closed();
            }

            if (_granted.Contains(filter))
            {
                return;
            }

            if (!_subscriptionWaiters.TryGetValue(filter, out var waiter))
            {
                _subscriptionWaiters[filter] = waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _filters[filter] = qos;
                if (_connection is { } connection)
                {
                    Subscribe(connection, [filter]);
                    connection.RequestFlush();
                }
            }

            granted = waiter.Task;
        }

        await granted.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private void SubscribeAll(MqttConnection connection)
    {
        _granted.Clear();
        if (_filters.Count > 0)
        {
            Subscribe(connection, [.. _filters.Keys]);
        }
    }

    private void Subscribe(MqttConnection connection, string[] filters)
    {
        if (!_ids.TryTake(out var id))
        {
            // 65,535 are in flight; the options permit fewer, so this is a bug.
            throw new InvalidOperationException("No packet identifier is free.");
        }

        _subscribing[id] = filters;
        new MqttSubscribe { PacketId = id, Subscriptions = [.. filters.Select(f => new MqttSubscription(f, _filters[f]))] }
            .Encode(connection.Output, MqttVersion.V311);
    }

    private void ReceiveSubAck(MqttSubAck answer)
    {
        if (!_subscribing.Remove(answer.PacketId, out var filters) || filters.Length != answer.Reasons.Count)
        {
            throw new MqttProtocolException(MqttReason.ProtocolError, $"SUBACK {answer.PacketId} answers no subscription of this client.");
        }

        _ids.Release(answer.PacketId);
        for (var i = 0; i < filters.Length; i++)
        {
            _subscriptionWaiters.Remove(filters[i], out var waiter);
            if (answer.Reasons[i].IsFailure())
            {
                _filters.Remove(filters[i]);
                waiter?.TrySetException(new DeviceClientException(DeviceClientError.Refused, $"The hub refused the subscription of {filters[i]}."));
            }
            else
            {
                _granted.Add(filters[i]);
                waiter?.TrySetResult();
            }
        }
    }

    private void ForgetSubscribing()
    {
        foreach (var id in _subscribing.Keys)
        {
            _ids.Release(id);
        }

        _subscribing.Clear();
        _granted.Clear();
    }
}
