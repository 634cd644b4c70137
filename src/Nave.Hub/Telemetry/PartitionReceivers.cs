namespace Nave.Hub.Telemetry;

/// <summary>
/// Who reads one partition in one consumer group: one receiver with an epoch, or a few without. Source: wire facts 8.2.5.
/// Thread-safe; receivers are told outside of the lock.
/// </summary>
internal sealed class PartitionReceivers
{
    /// <summary>The most receivers without an epoch. Source: Azure Event Hubs quotas.</summary>
    public const int MaxReceivers = 5;

    private readonly Lock _lock = new();
    private readonly List<ReceiverPlace> _places = [];
    private bool _closed;

    /// <summary>Gives a receiver a place.</summary>
    /// <param name="receiver">The receiver.</param>
    /// <param name="epoch">Its epoch, or <see langword="null"/>.</param>
    public ReceiverAttempt Add(IEventReceiver receiver, long? epoch)
    {
        ReceiverPlace place;
        ReceiverPlace[] ended = [];
        lock (_lock)
        {
            if (_closed)
            {
                return new ReceiverAttempt(null, ReceiverRefusal.NoGroup, "The consumer group was deleted.");
            }

            // An epoch receiver is always alone.
            var holder = _places.Find(other => other.Epoch is not null);
            if (epoch is null && holder is not null)
            {
                return new ReceiverAttempt(
                    null,
                    ReceiverRefusal.Epoch,
                    $"At least one receiver for the endpoint is created with epoch of '{holder.Epoch}', and so non-epoch receiver is not allowed. "
                    + "Either reconnect with a higher epoch, or make sure all epoch receivers are closed or disconnected.");
            }

            if (epoch < holder?.Epoch)
            {
                return new ReceiverAttempt(
                    null,
                    ReceiverRefusal.Epoch,
                    $"Receiver '{Named(receiver)}' with a higher epoch '{holder.Epoch}' already exists. Receiver '{Named(receiver)}' with epoch {epoch} cannot be created. "
                    + "Make sure you are creating receiver with increasing epoch value to ensure connectivity, or ensure all old epoch receivers are closed or disconnected.");
            }

            if (epoch is null && _places.Count >= MaxReceivers)
            {
                return new ReceiverAttempt(
                    null,
                    ReceiverRefusal.TooMany,
                    $"Exceeded the maximum number of allowed receivers per partition in a consumer group which is {MaxReceivers}. "
                    + $"List of connected receivers - {string.Join(", ", _places.Select(other => Named(other.Receiver)))}.");
            }

            if (epoch is not null)
            {
                ended = [.. _places];
                _places.Clear();
            }

            place = new ReceiverPlace(this, receiver, epoch);
            _places.Add(place);
        }

        foreach (var other in ended)
        {
            other.Receiver.Displace(
                ReceiverEnd.Stolen,
                $"New receiver '{Named(receiver)}' with higher epoch of '{epoch}' is created hence current receiver '{Named(other.Receiver)}' "
                + $"with epoch '{other.Epoch ?? -1}' is getting disconnected. If you are recreating the receiver, make sure a higher epoch is used.");
        }

        return new ReceiverAttempt(place, ReceiverRefusal.None, string.Empty);
    }

    /// <summary>Gives a place up.</summary>
    public void Remove(ReceiverPlace place)
    {
        lock (_lock)
        {
            _places.Remove(place);
        }
    }

    /// <summary>Ends all receivers, and refuses all that come.</summary>
    public void Close(ReceiverEnd reason, string message)
    {
        ReceiverPlace[] ended;
        lock (_lock)
        {
            _closed = true;
            ended = [.. _places];
            _places.Clear();
        }

        foreach (var place in ended)
        {
            place.Receiver.Displace(reason, message);
        }
    }

    private static string Named(IEventReceiver receiver) => receiver.Name.Length == 0 ? "nil" : receiver.Name;
}
