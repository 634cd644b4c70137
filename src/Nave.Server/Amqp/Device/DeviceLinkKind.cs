namespace Nave.Server.Amqp.Device;

/// <summary>What a link of a device is for.</summary>
internal enum DeviceLinkKind
{
    /// <summary>Device-to-cloud messages; to a receiver: messages to a module's inputs.</summary>
    Events,

    /// <summary>Cloud-to-device messages.</summary>
    CloudToDevice,

    /// <summary>Direct methods: requests to a receiver, answers from a sender.</summary>
    Methods,

    /// <summary>Twin: requests from a sender, answers and changes to a receiver.</summary>
    Twin,
}
