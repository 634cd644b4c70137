using Nave.Amqp.Wire;

namespace Nave.Amqp;

/// <content>SASL: AMQP 1.0 part 5, 5.3.</content>
public sealed partial class AmqpConnection
{
    /// <summary>Server: sends a challenge.</summary>
    public void SaslChallenge(ReadOnlySpan<byte> challenge)
    {
        if (_phase != ConnectionPhase.SaslPending)
        {
            return;
        }

        SendSaslBytes(Descriptor.SaslChallenge, challenge);
        _phase = ConnectionPhase.SaslResponse;
    }

    /// <summary>Server: ends the SASL exchange. Anything but Ok ends the connection.</summary>
    public void SaslOutcome(AmqpSaslCode code)
    {
        if (_phase != ConnectionPhase.SaslPending)
        {
            return;
        }

        var writer = BeginFrame(0, AmqpFrame.SaslType);
        AmqpSaslCodec.WriteOutcome(writer, code);
        EndFrame(writer);
        if (code == AmqpSaslCode.Ok)
        {
            _phase = ConnectionPhase.AmqpHeader;
        }
        else
        {
            Finish(Refused(code), byPeer: false);
        }
    }

    /// <summary>Client: answers a challenge that <see cref="AmqpSaslClient.Respond"/> left open.</summary>
    public void SaslRespond(ReadOnlySpan<byte> response)
    {
        if (_phase != ConnectionPhase.SaslChallenged)
        {
            return;
        }

        SendSaslBytes(Descriptor.SaslResponse, response);
        _phase = ConnectionPhase.SaslOutcome;
    }

    private static AmqpError Refused(AmqpSaslCode code) => new(AmqpCondition.UnauthorizedAccess, $"SASL ended with the code {(byte)code} ({code}).");

    private void TakeSasl(ulong performative, AmqpListView fields)
    {
        switch (performative)
        {
            case Descriptor.SaslInit:
                var init = AmqpSaslCodec.ReadInit(fields);
                _phase = ConnectionPhase.SaslPending;
                if (_options.SaslMechanisms.Contains(init.Mechanism))
                {
                    _handler.OnSaslInit(this, init);
                }
                else
                {
                    SaslOutcome(AmqpSaslCode.Auth);
                }

                break;
            case Descriptor.SaslResponse:
                var response = fields.Next().AsBinary();
                _phase = ConnectionPhase.SaslPending;
                _handler.OnSaslResponse(this, response);
                break;
            case Descriptor.SaslMechanisms:
                ChooseMechanism(AmqpSaslCodec.ReadMechanisms(fields));
                break;
            case Descriptor.SaslChallenge:
                _phase = ConnectionPhase.SaslChallenged;
                if (_options.Sasl!.Respond(fields.Next().AsBinary()) is { } answer)
                {
                    SaslRespond(answer);
                }

                break;
            default:
                TakeOutcome(AmqpSaslCodec.ReadOutcome(fields));
                break;
        }
    }

    private void ChooseMechanism(IReadOnlyList<string> offered)
    {
        var client = _options.Sasl!;
        if (!offered.Contains(client.Mechanism))
        {
            Finish(new AmqpError(AmqpCondition.UnauthorizedAccess, $"The server offers {string.Join(", ", offered.Take(8))}; {client.Mechanism} is wanted."), byPeer: false);
            return;
        }

        var writer = BeginFrame(0, AmqpFrame.SaslType);
        AmqpSaslCodec.WriteInit(writer, client);
        EndFrame(writer);
        _phase = ConnectionPhase.SaslOutcome;
    }

    private void TakeOutcome(AmqpSaslCode code)
    {
        if (code != AmqpSaslCode.Ok)
        {
            Finish(Refused(code), byPeer: true);
            return;
        }

        _phase = ConnectionPhase.AmqpHeader;
        _output.Write(AmqpProtocolHeader.Amqp);
        SendOpen();
    }

    private void SendSaslBytes(ulong performative, ReadOnlySpan<byte> bytes)
    {
        var writer = BeginFrame(0, AmqpFrame.SaslType);
        AmqpSaslCodec.WriteBytes(writer, performative, bytes);
        EndFrame(writer);
    }
}
