namespace Nave.Hub.Commands;

/// <summary>What feedback the sender of a message wants: the <c>iothub-ack</c> property. The numbers are stored.</summary>
[Flags]
internal enum AckMode : byte
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>When it was completed.</summary>
    Positive = 1,

    /// <summary>When it ended otherwise.</summary>
    Negative = 2,

    /// <summary>In both cases.</summary>
    Full = Positive | Negative,
}
