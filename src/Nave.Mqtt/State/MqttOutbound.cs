namespace Nave.Mqtt;

/// <summary>The QoS 1 messages that were sent and not acknowledged, in their order. Does no I/O; not thread-safe.</summary>
/// <typeparam name="T">What the caller keeps to send a message again.</typeparam>
/// <remarks>
/// Bounded: a full window refuses, and the caller waits for an acknowledgement. After a reconnect everything unacknowledged is sent
/// again first, in the original order and with DUP (MQTT 3.1.1 and 5.0 §4.4 and §4.6), before anything new.
/// Acknowledgements normally come in order and are then found at once; others cost a scan of the window.
/// </remarks>
public sealed class MqttOutbound<T>
{
    private readonly MqttPacketIds _ids;
    private readonly int _capacity;
    private Entry[] _entries = [];
    private int _head;
    private int _next;
    private int _tail;
    private int _inFlight;

    /// <summary>Initializes an empty window.</summary>
    /// <param name="ids">The connection's identifiers, shared with its other requests.</param>
    /// <param name="window">The most messages in flight, 1 to 65,535.</param>
    public MqttOutbound(MqttPacketIds ids, int window)
    {
        ArgumentNullException.ThrowIfNull(ids);
        ArgumentOutOfRangeException.ThrowIfLessThan(window, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(window, ushort.MaxValue);
        _ids = ids;
        _capacity = window;
        Window = window;
    }

    /// <summary>Gets how many messages are unacknowledged.</summary>
    public int Count { get; private set; }

    /// <summary>Gets the most messages in flight on this connection.</summary>
    public int Window { get; private set; }

    /// <summary>Gets a value indicating whether messages of an earlier connection are still to be sent again.</summary>
    public bool IsRedelivering => _next < _tail;

    /// <summary>Adds a message that is sent now for the first time.</summary>
    /// <returns><see langword="false"/> if the window or the identifiers are exhausted, or redelivery is not finished: nothing was added.</returns>
    public bool TryAdd(T message, out ushort packetId)
    {
        packetId = 0;
        if (IsRedelivering || _inFlight >= Window || !_ids.TryTake(out packetId))
        {
            return false;
        }

        MakeRoom();
        _entries[_tail++] = new Entry(packetId, message);
        _next = _tail;
        _inFlight++;
        Count++;
        return true;
    }

    /// <summary>Removes a message that the peer acknowledged.</summary>
    /// <returns><see langword="false"/> if no such message is in flight.</returns>
    public bool TryAcknowledge(ushort packetId, out T? message)
    {
        message = default;
        if (packetId == 0)
        {
            return false;
        }

        for (var i = _head; i < _tail; i++)
        {
            if (_entries[i].PacketId != packetId)
            {
                continue;
            }

            message = _entries[i].Message;
            _entries[i] = default;
            _ids.Release(packetId);
            Count--;
            _inFlight -= i < _next ? 1 : 0;
            SkipAcknowledged();
            return true;
        }

        return false;
    }

    /// <summary>Starts a new connection: everything unacknowledged is to be sent again.</summary>
    /// <param name="receiveMaximum">The peer's Receive Maximum, from 1; in 3.1.1, which has none, 65,535.</param>
    public void StartRedelivery(int receiveMaximum = ushort.MaxValue)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(receiveMaximum, 1);
        Window = Math.Min(_capacity, receiveMaximum);
        _next = _head;
        _inFlight = 0;
    }

    /// <summary>Gives the next message to send again, with its old identifier and DUP set.</summary>
    /// <returns><see langword="false"/> if there is none, or the window is full until an acknowledgement comes.</returns>
    public bool TryRedeliver(out ushort packetId, out T? message)
    {
        if (_next >= _tail || _inFlight >= Window)
        {
            packetId = 0;
            message = default;
            return false;
        }

        var entry = _entries[_next++];
        SkipAcknowledged();
        _inFlight++;
        packetId = entry.PacketId;
        message = entry.Message;
        return true;
    }

    // Invariant: the entries at _head and at _next, if there are any, are unacknowledged.
    private void SkipAcknowledged()
    {
        while (_head < _tail && _entries[_head].PacketId == 0)
        {
            _head++;
        }

        // Redelivery must not wait for what is acknowledged already, or nothing new could be added.
        _next = Math.Max(_next, _head);
        while (_next < _tail && _entries[_next].PacketId == 0)
        {
            _next++;
        }

        if (_head == _tail)
        {
            _head = _next = _tail = 0;
        }
    }

    // Called only with _next == _tail. Doubling at more than half full, compacting else, keeps adding O(1) and the array under
    // four times the window.
    private void MakeRoom()
    {
        if (_tail < _entries.Length)
        {
            return;
        }

        var target = Count * 2 >= _entries.Length ? new Entry[Math.Max(4, _entries.Length * 2)] : _entries;
        var live = 0;
        for (var i = _head; i < _tail; i++)
        {
            if (_entries[i].PacketId != 0)
            {
                target[live++] = _entries[i];
            }
        }

        if (ReferenceEquals(target, _entries))
        {
            Array.Clear(target, live, _tail - live);
        }

        _entries = target;
        _head = 0;
        _next = _tail = live;
    }

    private readonly record struct Entry(ushort PacketId, T Message);
}
