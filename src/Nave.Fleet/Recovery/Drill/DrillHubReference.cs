namespace Nave.Fleet.Recovery;

/// <summary>How a drill's file names a hub: by a connection string, or by the data folder of a hub on this machine.</summary>
public sealed record DrillHubReference
{
    /// <summary>Gets the connection string of a policy that may do everything; <see langword="null"/> = the one of <see cref="Data"/>.</summary>
    public string? ConnectionString { get; init; }

    /// <summary>Gets the data folder of a hub that runs on this machine.</summary>
    public string? Data { get; init; }

    /// <summary>Gets where HTTPS goes, HOST[:PORT], if not to the hub's name and port 443.</summary>
    public string? Endpoint { get; init; }

    /// <summary>Gets where MQTT goes, HOST[:PORT], if not to the hub's name and port 8883.</summary>
    public string? MqttEndpoint { get; init; }

    /// <summary>Gets where AMQP goes, HOST[:PORT], if not to the hub's name and port 5671.</summary>
    public string? AmqpEndpoint { get; init; }

    /// <summary>Gets a PEM file of authorities to trust in place of the system's.</summary>
    public string? Ca { get; init; }
}
