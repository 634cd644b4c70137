namespace Nave.Client;

/// <summary>Where to connect, if that is not where the hub's name leads. TLS, MQTT, AMQP and HTTP still name the hub.</summary>
public sealed record ClientEndpoint
{
    /// <summary>Gets the host or address to connect to; <see langword="null"/> = the hub's (or its gateway's) host name.</summary>
    public string? Host { get; init; }

    /// <summary>Gets the port; <see langword="null"/> = the protocol's: 8883, 1883, 5671, 5672 or 443.</summary>
    public int? Port { get; init; }
}
