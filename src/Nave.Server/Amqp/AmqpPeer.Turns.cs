using Nave.Amqp;
using Nave.Hub.Connections;
using Nave.Server.Connections;

namespace Nave.Server.Amqp;

// The turn: one thread at a time works on the engine, and what it made is sent when its turn ends.
internal sealed partial class AmqpPeer
{
    private const int SendBytes = 32 * 1024;

    private readonly Lock _gate = new();

    // Taken in, or before, a turn; no other lock is taken within.
    private readonly Lock _workGate = new();
    private List<IPeerWork> _work = [];
    private List<IPeerWork> _working = [];
    private OutputBuffer _output;
    private int _depth;

    /// <summary>Waits for the turn. Short work only; a thread may take it again within its own.</summary>
    public PeerTurn Enter()
    {
        _gate.Enter();
        _depth++;
        return new PeerTurn(this);
    }

    /// <summary>
    /// Has work done in a turn, at once if nobody has it, else by who has it when that one ends. Never waits. Each poster keeps what it posts
    /// bounded: it posts again only once <see cref="IPeerWork.Run"/> was called.
    /// </summary>
    public void Post(IPeerWork work)
    {
        lock (_workGate)
        {
            _work.Add(work);
        }

        RunPosted();
    }

    /// <summary>Tells whether a link may be sent a message: credit and window are there, and the peer reads what it gets.</summary>
    public bool MaySend(AmqpSenderLink link)
    {
        if (!link.CanSend)
        {
            return false;
        }

        // What one turn makes for all links together must not pile up beside what the connection counts.
        if (_output.Length >= SendBytes)
        {
            SendOutput();
        }

        if (_connection.IsStalled)
        {
            _blocked = true;

            // It may have drained in between, and then nobody would come.
            return !_connection.IsStalled;
        }

        return true;
    }

    /// <summary>Ends a turn: what <see cref="PeerTurn.Dispose"/> does.</summary>
    internal void Leave()
    {
        if (_depth > 1)
        {
            _depth--;
            _gate.Exit();
            return;
        }

        EndTurn();

        // Who posted while this turn ended could not take it.
        RunPosted();
    }

    private void EndTurn()
    {
        try
        {
            Work();
            _engine.Flush();
            SendOutput();
            if (_endReason is { } reason)
            {
                _connection.CloseGently(reason);
            }
            else if (_paused && _holds == 0 && !_engine.IsPaused)
            {
                _paused = false;
                _connection.ResumeReading();
            }
        }
        finally
        {
            _depth--;
            _gate.Exit();
        }
    }

    private void RunPosted()
    {
        while (HasWork() && _gate.TryEnter())
        {
            if (++_depth > 1)
            {
                // Posted from within this thread's own turn, which does it when it ends.
                _depth--;
                _gate.Exit();
                return;
            }

            EndTurn();
        }
    }

    private bool HasWork()
    {
        lock (_workGate)
        {
            return _work.Count > 0;
        }
    }

    private void Work()
    {
        while (true)
        {
            lock (_workGate)
            {
                if (_work.Count == 0)
                {
                    return;
                }

                (_work, _working) = (_working, _work);
            }

            foreach (var work in _working)
            {
                Run(work);
            }

            _working.Clear();
        }
    }

    // Whoever has the turn works for others: a bug in their work costs this connection, not that thread.
    private void Run(IPeerWork work)
    {
        if (_ended)
        {
            return;
        }

        try
        {
            work.Run();
        }
        catch (Exception exception)
        {
            OnFailed(exception);
            Close(new AmqpError(AmqpCondition.InternalError, "The hub failed."), CloseReason.ProtocolError);
        }
    }

    private void SendOutput()
    {
        if (_output.Length > 0)
        {
            _connection.Send(_output.Span);
            _output.Release();
        }
    }

    // What one frame makes is the most that comes above: a peer that asks much and reads nothing is not read from.
    private int Take(ReadOnlySpan<byte> data, out int needed)
    {
        var consumed = _engine.Receive(data, out needed);
        while (_output.Length >= SendBytes)
        {
            SendOutput();
            if (_connection.IsStalled)
            {
                if (!_isFull)
                {
                    // OnDrained comes: what clears the stall takes the turn after this one.
                    _isFull = true;
                    HoldReading();
                }

                break;
            }

            consumed += _engine.Receive(data[consumed..], out needed);
        }

        return consumed;
    }

    private sealed class Output(AmqpPeer peer) : IAmqpOutput
    {
        public bool IsFull => peer._output.Length >= SendBytes;

        public void Write(ReadOnlySpan<byte> bytes) => peer._output.Append(bytes);
    }
}
