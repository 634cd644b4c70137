namespace Nave.Amqp.Wire;

/// <summary>Builds the exceptions out of line, so that the decoders' hot paths stay small.</summary>
internal static class AmqpFault
{
    public static AmqpProtocolException Decode(string message) => new(AmqpCondition.DecodeError, message);

    public static AmqpProtocolException InvalidField(string message) => new(AmqpCondition.InvalidField, message);

    public static AmqpProtocolException Framing(string message) => new(AmqpCondition.FramingError, message);

    public static AmqpProtocolException NotAllowed(string message) => new(AmqpCondition.NotAllowed, message);

    public static AmqpProtocolException IllegalState(string message) => new(AmqpCondition.IllegalState, message);

    public static AmqpProtocolException Limit(string message) => new(AmqpCondition.ResourceLimitExceeded, message);

    public static AmqpProtocolException TooShort(int needed, int left) => Decode($"A value ends early: {needed} bytes needed, {left} left.");

    public static AmqpProtocolException Code(byte code) => Decode($"0x{code:X2} is no format code of AMQP 1.0.");

    public static AmqpProtocolException WrongType(AmqpType actual, string wanted) => Decode($"A value of type {actual} stands where {wanted} is required.");

    public static AmqpProtocolException Depth(int limit) => Decode($"A value is nested deeper than {limit} levels.");
}
