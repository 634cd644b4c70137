using Nave.Amqp;
using Nave.Amqp.Wire;

namespace Nave.Fuzz.Amqp;

/// <summary>Performatives of AMQP and of SASL, without frames.</summary>
internal sealed class AmqpPerformativeTarget() : AmqpCodecTarget(
    "amqp-performative",
    [
        Write(writer => AmqpOpenCodec.Write(writer, new AmqpOpen { ContainerId = "c", HostName = "hub.test", IdleTimeout = 1, Properties = AllKinds, OfferedCapabilities = ["a", "b"] })),
        Write(writer => new AmqpBegin { RemoteChannel = 1, IncomingWindow = 5, OutgoingWindow = 5, HandleMax = 255 }.Write(writer)),
        Write(writer => AmqpAttachCodec.Write(writer, new AmqpAttach
        {
            Name = "link",
            Source = new AmqpSource { Address = "/devices/d/messages/devicebound", Filter = AllKinds, Outcomes = ["amqp:accepted:list"] },
            Target = new AmqpTarget { Address = "x", DynamicNodeProperties = AllKinds },
            InitialDeliveryCount = 0,
            MaxMessageSize = 1 << 20,
            DesiredCapabilities = ["com.microsoft:enable-receiver-runtime-metric"],
            Properties = AllKinds,
        })),
        Write(writer => new AmqpFlow { NextIncomingId = 1, IncomingWindow = 2048, Handle = 1, DeliveryCount = 1, LinkCredit = 100, Drain = true }.Write(writer)),
        Write(writer => new AmqpTransfer { Handle = 1, DeliveryId = 2, Tag = "tag"u8, MessageFormat = AmqpBatch.Format }.Write(writer)),
        Write(writer => new AmqpDisposition { First = 1, Last = 9, Settled = true, Outcome = AmqpOutcome.Rejected(new AmqpError("amqp:not-found", "x", AllKinds)) }.Write(writer)),
        Write(writer => new AmqpDisposition { Outcome = AmqpOutcome.Modified(true, false, AllKinds) }.Write(writer)),
        Write(writer => new AmqpDetach { Closed = true, Error = new AmqpError("amqp:link:redirect", null, AllKinds) }.Write(writer)),
        Write(writer => AmqpOpenCodec.WriteEnd(writer, Descriptor.End, new AmqpError("amqp:internal-error"))),
        Write(writer => AmqpSaslCodec.WriteMechanisms(writer, ["ANONYMOUS", "PLAIN"])),
        Write(writer => AmqpSaslCodec.WriteInit(writer, new AmqpSaslClient { Mechanism = "PLAIN", InitialResponse = AmqpSaslPlain.Encode("user", "word"), HostName = "h" })),
        Write(writer => AmqpSaslCodec.WriteBytes(writer, Descriptor.SaslChallenge, "challenge"u8)),
        Write(writer => AmqpSaslCodec.WriteOutcome(writer, AmqpSaslCode.Auth)),
    ])
{
    /// <inheritdoc/>
    protected override void Decode(byte[] input)
    {
        var reader = new AmqpReader(input);
        var performative = reader.ReadDescriptor();
        var list = reader.Read().AsList();
        switch (performative)
        {
            case Descriptor.Open:
                AmqpOpenCodec.Write(new AmqpWriter(), AmqpOpenCodec.Read(list));
                break;
            case Descriptor.Begin:
                AmqpBegin.Read(list).Write(new AmqpWriter());
                break;
            case Descriptor.Attach:
                AmqpAttachCodec.Write(new AmqpWriter(), AmqpAttachCodec.Read(list));
                break;
            case Descriptor.Flow:
                AmqpFlow.Read(list).Write(new AmqpWriter());
                break;
            case Descriptor.Transfer:
                AmqpTransfer.Read(list).Write(new AmqpWriter());
                break;
            case Descriptor.Disposition:
                AmqpDisposition.Read(list).Write(new AmqpWriter());
                break;
            case Descriptor.Detach:
                AmqpDetach.Read(list).Write(new AmqpWriter());
                break;
            case Descriptor.End or Descriptor.Close:
                AmqpErrorCodec.Read(list.Next());
                break;
            case Descriptor.SaslMechanisms:
                AmqpSaslCodec.ReadMechanisms(list);
                break;
            case Descriptor.SaslInit:
                _ = AmqpSaslPlain.TryParse(AmqpSaslCodec.ReadInit(list).InitialResponse, out _, out _);
                break;
            case Descriptor.SaslOutcome:
                AmqpSaslCodec.ReadOutcome(list);
                break;
            default:
                break;
        }
    }
}
