namespace Nave.Hub.Connections;

/// <summary>What a connected device has asked to receive.</summary>
[Flags]
public enum DeviceFeatures
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Cloud-to-device messages.</summary>
    CloudToDevice = 1,

    /// <summary>Direct methods.</summary>
    Methods = 2,

    /// <summary>Changes of desired properties.</summary>
    DesiredProperties = 4,

    /// <summary>Answers to its own twin requests.</summary>
    TwinResponses = 8,

    /// <summary>Messages to a module's inputs.</summary>
    Inputs = 16,
}
