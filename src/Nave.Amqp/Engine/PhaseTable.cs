using Nave.Amqp.Wire;

namespace Nave.Amqp;

/// <summary>Which frame may come in which phase. AMQP 1.0 part 2, 2.4.6, and part 5, 5.3.2.</summary>
internal static class PhaseTable
{
    /// <summary>Says whether a phase takes a protocol header.</summary>
    public static bool TakesHeader(ConnectionPhase phase) => phase is ConnectionPhase.Header or ConnectionPhase.AmqpHeader;

    /// <summary>Says whether nothing is received until the owner has answered.</summary>
    public static bool IsPaused(ConnectionPhase phase) =>
        phase is ConnectionPhase.SaslPending or ConnectionPhase.SaslChallenged or ConnectionPhase.OpenPending;

    /// <summary>Gets the type of frame that a phase takes.</summary>
    public static byte FrameType(ConnectionPhase phase) => phase < ConnectionPhase.AmqpHeader ? AmqpFrame.SaslType : AmqpFrame.AmqpType;

    /// <summary>Says whether a performative may come in a phase.</summary>
    public static bool Permits(ConnectionPhase phase, ulong performative) => phase switch
    {
        ConnectionPhase.SaslMechanisms => performative == Descriptor.SaslMechanisms,
        ConnectionPhase.SaslInit => performative == Descriptor.SaslInit,
        ConnectionPhase.SaslResponse => performative == Descriptor.SaslResponse,
        ConnectionPhase.SaslOutcome => performative is Descriptor.SaslChallenge or Descriptor.SaslOutcome,
        ConnectionPhase.OpenAwaited => performative is Descriptor.Open or Descriptor.Close,
        ConnectionPhase.Open => performative is > Descriptor.Open and <= Descriptor.Close,
        ConnectionPhase.CloseSent => performative is >= Descriptor.Open and <= Descriptor.Close,
        _ => false,
    };
}
