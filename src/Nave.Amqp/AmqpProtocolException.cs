namespace Nave.Amqp;

/// <summary>What a peer sent breaks the protocol. <see cref="AmqpConnection"/> closes with <see cref="Condition"/> by itself; from a codec it is the caller's to answer.</summary>
/// <remarks>The message names the value and the permitted range, never a payload, a token or a key.</remarks>
public sealed class AmqpProtocolException : Exception
{
    /// <summary>Initializes the exception.</summary>
    /// <param name="condition">One of <see cref="AmqpCondition"/>.</param>
    /// <param name="message">What was wrong and what is permitted.</param>
    public AmqpProtocolException(string condition, string message)
        : base(message) => Condition = condition;

    /// <summary>Gets the error condition.</summary>
    public string Condition { get; }

    /// <summary>Gets the exception as what goes on the wire.</summary>
    public AmqpError ToError() => new(Condition, Message);
}
