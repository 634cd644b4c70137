using Nave.Hub;
using Nave.Hub.Commands;

namespace Nave.Server.Amqp.Service;

/// <summary>What a service's queue looks like on the wire. Source: wire facts 7.2, 7.3.</summary>
/// <param name="ContentType">The content type of its messages.</param>
/// <param name="InboxOf">Finds the queue of a hub.</param>
/// <param name="BodyOf">Makes the body of a message.</param>
internal sealed record InboxFormat(string ContentType, Func<IotHub, ServiceInbox> InboxOf, Func<LockedRecords, ReadOnlyMemory<byte>> BodyOf)
{
    /// <summary>Gets that of feedback: records in an array.</summary>
    public static InboxFormat Feedback { get; } = new(
        "application/vnd.microsoft.iothub.feedback.json", static hub => hub.CloudToDevice.Feedback, static held => held.ToJsonArray());

    /// <summary>Gets that of file notifications: one object.</summary>
    public static InboxFormat FileNotifications { get; } = new(
        "application/vnd.microsoft.iothub.filenotification.json", static hub => hub.FileNotifications.Queue, static held => held.Records[0]);
}
