namespace Nave.Api;

/// <summary>What a device subscribes to.</summary>
public enum MqttSubscriptionKind
{
    /// <summary>None of the hub's filters, or not this connection's: SUBACK 0x80.</summary>
    None,

    /// <summary>Cloud-to-device messages.</summary>
    CloudToDevice,

    /// <summary>Messages at a module's inputs.</summary>
    ModuleInputs,

    /// <summary>Answers to twin requests.</summary>
    TwinResponses,

    /// <summary>Patches of desired properties.</summary>
    DesiredPatches,

    /// <summary>Direct methods.</summary>
    Methods,
}
