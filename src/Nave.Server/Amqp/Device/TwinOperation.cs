namespace Nave.Server.Amqp.Device;

/// <summary>What a twin request wants. Source: wire facts 6.11.</summary>
internal enum TwinOperation
{
    /// <summary>The twin (GET).</summary>
    Get,

    /// <summary>To report properties (PATCH).</summary>
    Report,

    /// <summary>To be told changes of desired properties (PUT).</summary>
    Subscribe,

    /// <summary>Not to be told any more (DELETE).</summary>
    Unsubscribe,

    /// <summary>Something that there is not.</summary>
    Unknown,
}
