namespace Nave.Api;

/// <summary>What an MQTT topic of the hub is for. Source: wire facts 4.2.</summary>
public enum MqttTopicKind
{
    /// <summary>None of the hub's topics, or not this connection's.</summary>
    None,

    /// <summary>Device to hub: an event.</summary>
    Telemetry,

    /// <summary>Device to hub: asks for the twin.</summary>
    TwinGet,

    /// <summary>Device to hub: a patch of reported properties.</summary>
    TwinReported,

    /// <summary>Device to hub: an answer to a direct method.</summary>
    MethodResponse,

    /// <summary>Hub to device: a message.</summary>
    CloudToDevice,

    /// <summary>Hub to module: a message at an input.</summary>
    ModuleInput,

    /// <summary>Hub to device: an answer to <see cref="TwinGet"/> or <see cref="TwinReported"/>.</summary>
    TwinResponse,

    /// <summary>Hub to device: a patch of desired properties.</summary>
    DesiredPatch,

    /// <summary>Hub to device: a direct method.</summary>
    MethodCall,
}
