namespace Nave.Server.Connections;

/// <summary>
/// Deadlines of the connections of one lane, to the second: a ring of lists, one a second. A connection sits in at most one list, and
/// costs nothing until its deadline. A deadline beyond the ring is looked at again when the ring has turned. Thread-safe.
/// </summary>
internal sealed class TimerWheel
{
    // A power of two above the longest keep-alive that is granted (1767 s).
    private const int Slots = 2048;
    private const int MillisecondsPerSlot = 1000;

    private readonly Lock _gate = new();
    private readonly Connection?[] _slots = new Connection?[Slots];
    private long _turned;

    public TimerWheel(long now) => _turned = now / MillisecondsPerSlot;

    /// <summary>Sets a connection's deadline, in place of an earlier one.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="deadline">When it is due on the lane's clock, in milliseconds; 0 = never.</param>
    public void Set(Connection connection, long deadline)
    {
        lock (_gate)
        {
            Unlink(connection);
            if (deadline > 0 && !connection.IsClosing)
            {
                Link(connection, deadline);
            }
        }
    }

    /// <summary>Forgets a connection.</summary>
    public void Remove(Connection connection)
    {
        lock (_gate)
        {
            Unlink(connection);
        }
    }

    /// <summary>Moves all connections that are due to <paramref name="due"/>.</summary>
    public void Advance(long now, List<Connection> due)
    {
        var target = now / MillisecondsPerSlot;
        lock (_gate)
        {
            // After a long pause each list is looked at once.
            for (var turn = Math.Max(_turned + 1, target - Slots + 1); turn <= target; turn++)
            {
                var next = _slots[turn & (Slots - 1)];
                while (next is not null)
                {
                    var connection = next;
                    next = connection.WheelNext;
                    Unlink(connection);
                    if (connection.WheelDeadline <= now)
                    {
                        due.Add(connection);
                    }
                    else
                    {
                        Link(connection, connection.WheelDeadline);
                    }
                }
            }

            _turned = Math.Max(_turned, target);
        }
    }

    private void Link(Connection connection, long deadline)
    {
        connection.WheelDeadline = deadline;

        // Rounded up, so that a list is only looked at when its deadlines have passed; never behind the hand, never further than one turn.
        var turn = (deadline + MillisecondsPerSlot - 1) / MillisecondsPerSlot;
        turn = Math.Clamp(turn, _turned + 1, _turned + Slots - 1);
        var slot = (int)(turn & (Slots - 1));
        var head = _slots[slot];
        connection.WheelSlot = slot;
        connection.WheelPrevious = null;
        connection.WheelNext = head;
        if (head is not null)
        {
            head.WheelPrevious = connection;
        }

        _slots[slot] = connection;
    }

    private void Unlink(Connection connection)
    {
        if (connection.WheelSlot < 0)
        {
            return;
        }

        if (connection.WheelPrevious is null)
        {
            _slots[connection.WheelSlot] = connection.WheelNext;
        }
        else
        {
            connection.WheelPrevious.WheelNext = connection.WheelNext;
        }

        if (connection.WheelNext is not null)
        {
            connection.WheelNext.WheelPrevious = connection.WheelPrevious;
        }

        connection.WheelSlot = -1;
        connection.WheelNext = connection.WheelPrevious = null;
    }
}
