namespace Nave.Amqp;

/// <summary>What a message's body is made of. AMQP 1.0 part 3, 3.2.6 to 3.2.8.</summary>
public enum AmqpBodyKind : byte
{
    /// <summary>There is none; some clients leave it away when it is empty.</summary>
    None,

    /// <summary>One or more data sections.</summary>
    Data,

    /// <summary>One or more lists.</summary>
    Sequence,

    /// <summary>One value.</summary>
    Value,
}
