using Nave.Amqp.Wire;

namespace Nave.Amqp;

/// <content>What comes in.</content>
public sealed partial class AmqpConnection
{
    /// <summary>Takes bytes from the peer: as many whole frames as there are, unless the output is full before.</summary>
    /// <param name="data">Bytes that came, those not consumed before in front.</param>
    /// <param name="needed">How many bytes the first frame that was not consumed has in all; 0 if that is not known yet.</param>
    /// <returns>How many bytes were consumed; all of them once the connection is closed.</returns>
    public int Receive(ReadOnlySpan<byte> data, out int needed)
    {
        needed = 0;
        var rest = data;
        try
        {
            while (_phase != ConnectionPhase.Closed && !IsPaused && !_output.IsFull && TakeNext(ref rest, out needed))
            {
                _receivedSinceTick = true;
            }
        }
        catch (AmqpProtocolException exception)
        {
            Fail(exception.ToError());
        }

        Flush();
        return _phase == ConnectionPhase.Closed ? data.Length : data.Length - rest.Length;
    }

    // Takes a protocol header or a frame; false if more bytes are needed.
    private bool TakeNext(ref ReadOnlySpan<byte> rest, out int needed)
    {
        if (PhaseTable.TakesHeader(_phase))
        {
            needed = AmqpProtocolHeader.Size;
            var known = Math.Min(rest.Length, 4);
            if (!rest[..known].SequenceEqual(AmqpProtocolHeader.Amqp[..known]))
            {
                RefuseHeader($"The connection begins with 0x{Convert.ToHexString(rest[..known])}; a header of AMQP 1.0 is required.");
                return false;
            }

            if (rest.Length < AmqpProtocolHeader.Size)
            {
                return false;
            }

            var header = rest[..AmqpProtocolHeader.Size];
            rest = rest[AmqpProtocolHeader.Size..];
            TakeHeader(header);
            return true;
        }

        if (!AmqpFrame.TryRead(ref rest, MaxIncomingFrame, out needed, out var frame))
        {
            return false;
        }

        TakeFrame(frame);
        return true;
    }

    // The answer to a header that is not ours is the one that is: AMQP 1.0 part 2, 2.2.
    private void RefuseHeader(string problem)
    {
        if (IsServer)
        {
            _output.Write(_options.AllowsNoSasl ? AmqpProtocolHeader.Amqp : AmqpProtocolHeader.Sasl);
        }

        Finish(new AmqpError(AmqpCondition.FramingError, problem), byPeer: false);
    }

    private void TakeHeader(ReadOnlySpan<byte> header)
    {
        var isSasl = header.SequenceEqual(AmqpProtocolHeader.Sasl);
        var isAmqp = header.SequenceEqual(AmqpProtocolHeader.Amqp);
        var wantsSasl = _phase == ConnectionPhase.Header && (IsServer ? _options.SaslMechanisms.Count > 0 : _options.Sasl is not null);
        var wantsAmqp = _phase == ConnectionPhase.AmqpHeader || (IsServer ? _options.AllowsNoSasl : _options.Sasl is null);
        if (isSasl && wantsSasl)
        {
            if (!IsServer)
            {
                _phase = ConnectionPhase.SaslMechanisms;
                return;
            }

            _output.Write(AmqpProtocolHeader.Sasl);
            var writer = BeginFrame(0, AmqpFrame.SaslType);
            AmqpSaslCodec.WriteMechanisms(writer, _options.SaslMechanisms);
            EndFrame(writer);
            _phase = ConnectionPhase.SaslInit;
        }
        else if (isAmqp && wantsAmqp)
        {
            if (IsServer)
            {
                _output.Write(AmqpProtocolHeader.Amqp);
            }

            _phase = ConnectionPhase.OpenAwaited;
        }
        else
        {
            RefuseHeader($"The protocol header 0x{Convert.ToHexString(header)} is not permitted here.");
        }
    }

    private void TakeFrame(in AmqpFrame frame)
    {
        if (frame.Type != PhaseTable.FrameType(_phase))
        {
            throw AmqpFault.Framing($"A frame of type {frame.Type} came; {PhaseTable.FrameType(_phase)} is required.");
        }

        if (frame.Body.IsEmpty && frame.Type == AmqpFrame.AmqpType)
        {
            return;
        }

        var reader = new AmqpReader(frame.Body);
        var performative = reader.ReadDescriptor();
        if (!PhaseTable.Permits(_phase, performative))
        {
            throw AmqpFault.NotAllowed($"The performative 0x{performative:X} is not permitted in the phase {_phase}.");
        }

        if (_phase == ConnectionPhase.CloseSent && performative != Descriptor.Close)
        {
            return;
        }

        var fields = reader.Read().AsList();
        if (frame.Type == AmqpFrame.SaslType)
        {
            TakeSasl(performative, fields);
            return;
        }

        switch (performative)
        {
            case Descriptor.Transfer:
                SessionOf(frame.Channel).OnTransfer(AmqpTransfer.Read(fields), reader.Rest);
                break;
            case Descriptor.Disposition:
                SessionOf(frame.Channel).OnDisposition(AmqpDisposition.Read(fields));
                break;
            case Descriptor.Flow:
                SessionOf(frame.Channel).OnFlow(AmqpFlow.Read(fields));
                break;
            case Descriptor.Open:
                TakeOpen(AmqpOpenCodec.Read(fields));
                break;
            case Descriptor.Begin:
                TakeBegin(frame.Channel, AmqpBegin.Read(fields));
                break;
            case Descriptor.Attach:
                SessionOf(frame.Channel).OnAttach(AmqpAttachCodec.Read(fields));
                break;
            case Descriptor.Detach:
                SessionOf(frame.Channel).OnDetach(AmqpDetach.Read(fields));
                break;
            case Descriptor.End:
                SessionOf(frame.Channel).OnEnd(AmqpErrorCodec.Read(fields.Next()));
                break;
            default:
                TakeClose(AmqpErrorCodec.Read(fields.Next()));
                break;
        }
    }

    private void TakeOpen(AmqpOpen open)
    {
        Peer = open;
        _maxOutgoingFrame = (int)Math.Min((uint)_options.MaxFrameSize, open.MaxFrameSize);
        _phase = IsServer ? ConnectionPhase.OpenPending : ConnectionPhase.Open;
        _handler.OnOpen(this, open);
    }

    private void TakeClose(AmqpError? error)
    {
        if (_phase != ConnectionPhase.CloseSent)
        {
            SendClose(null);
        }

        Finish(error, byPeer: true);
    }

    private void TakeBegin(ushort channel, in AmqpBegin begin)
    {
        if (channel >= _options.MaxSessions)
        {
            throw AmqpFault.NotAllowed($"A session begins on channel {channel}; 0 to {_options.MaxSessions - 1} are permitted.");
        }

        if (_remote[channel] is not null)
        {
            throw AmqpFault.NotAllowed($"Channel {channel} has a session already.");
        }

        AmqpSession session;
        if (begin.RemoteChannel is { } ours)
        {
            session = _local[ours] is { Phase: SessionPhase.BeginSent or SessionPhase.EndSent, RemoteChannel: null } begun
                ? begun
                : throw AmqpFault.NotAllowed($"A begin answers channel {ours}, on which nothing was asked.");
        }
        else
        {
            if (!_authenticated && _remote.Count >= _options.MaxUnauthenticatedLinks)
            {
                throw AmqpFault.Limit($"{_options.MaxUnauthenticatedLinks} sessions are permitted before authentication.");
            }

            var free = _local.FindFree();
            session = new AmqpSession(this, (ushort)free, isOurs: false);
            _local.Add(free, session);
        }

        session.RemoteChannel = channel;
        _remote.Add(channel, session);
        session.OnBegin(begin);
    }

    private AmqpSession SessionOf(ushort channel) =>
        _remote[channel] ?? throw AmqpFault.NotAllowed($"A frame came on channel {channel}, which has no session.");
}
