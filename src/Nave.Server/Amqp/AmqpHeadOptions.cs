using Nave.Server.Connections;

namespace Nave.Server.Amqp;

/// <summary>Where the AMQP head listens and what it permits.</summary>
public sealed record AmqpHeadOptions : SocketHeadOptions
{
    /// <summary>Makes the defaults: TLS on port 5671, for the SDKs know no other.</summary>
    public AmqpHeadOptions() => TlsPort = 5671;

    /// <summary>Gets how long a peer may be silent; it is told and sends empty frames. Source: Azure IoT Hub, 240 s (wire facts 5.2.5).</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(240);

    /// <summary>Gets the largest frame that is taken, in bytes. Source: Azure IoT Hub, 65,536.</summary>
    public int MaxFrameBytes { get; init; } = 65_536;

    /// <summary>Gets how many sessions one connection may have. The .NET SDK has one for each pooled device, and no more than 1,000 of those on a connection.</summary>
    public int MaxSessions { get; init; } = 1024;

    /// <summary>Gets how many links one connection may have: some six a device.</summary>
    public int MaxLinks { get; init; } = 8192;

    /// <summary>Gets how many tokens one connection may hold. Source: the .NET SDK pools no more than 1,000 devices on a connection.</summary>
    public int MaxTokens { get; init; } = 1024;

    /// <summary>Gets how many unacknowledged events one link may have under way: the credit that is granted. Default 500.</summary>
    public int EventWindow { get; init; } = 500;

    /// <inheritdoc/>
    public override IEnumerable<string> Validate() =>
    [
        .. base.Validate(),
        .. Check(nameof(IdleTimeout), IdleTimeout, TimeSpan.FromSeconds(4), TimeSpan.FromHours(1)),
        .. Check(nameof(MaxFrameBytes), MaxFrameBytes, 4096, 1024 * 1024),
        .. Check(nameof(MaxSessions), MaxSessions, 2, 65536),
        .. Check(nameof(MaxLinks), MaxLinks, 8, 1_000_000),
        .. Check(nameof(MaxTokens), MaxTokens, 1, 100_000),
        .. Check(nameof(EventWindow), EventWindow, 1, 100_000),
    ];
}
