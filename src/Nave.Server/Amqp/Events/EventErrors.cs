using Nave.Amqp;
using Nave.Hub;
using Nave.Hub.Telemetry;

namespace Nave.Server.Amqp.Events;

/// <summary>Errors of the event stream in the words that SDKs look for. Source: wire facts 8.4.5, and the SDKs' own tests.</summary>
internal static class EventErrors
{
    /// <summary>The condition for a partition that does not exist: SDKs make it an ArgumentOutOfRangeError.</summary>
    public const string ArgumentOutOfRange = "com.microsoft:argument-out-of-range";

    /// <summary>Something that was named does not exist.</summary>
    /// <param name="hub">The hub.</param>
    /// <param name="path">What was named, below the host.</param>
    public static AmqpError NotFound(IotHub hub, string path) =>
        new(AmqpCondition.NotFound, $"The messaging entity 'sb://{hub.HostName}/{path}' could not be found.");

    /// <summary>There is no such partition.</summary>
    public static AmqpError NoPartition(IotHub hub, string partition) => new(
        ArgumentOutOfRange,
        "The specified partition is invalid for an EventHub partition sender or receiver. "
        + $"It should be between 0 and {hub.Events.PartitionCount - 1}; it is '{partition}'.");

    /// <summary>A receiver gets no place.</summary>
    public static AmqpError Of(IotHub hub, EventAddress address, ReceiverAttempt attempt) => attempt.Refusal switch
    {
        ReceiverRefusal.Epoch => new(AmqpCondition.LinkStolen, attempt.Message),
        ReceiverRefusal.TooMany => new(AmqpCondition.ResourceLimitExceeded, attempt.Message),
        _ => NotFound(hub, $"{address.Entity}/ConsumerGroups/{address.Group}"),
    };

    /// <summary>A receiver loses its place.</summary>
    public static AmqpError Of(ReceiverEnd reason, string message) => new(
        reason switch
        {
            ReceiverEnd.Stolen => AmqpCondition.LinkStolen,
            ReceiverEnd.GroupDeleted => AmqpCondition.NotFound,
            _ => AmqpCondition.DetachForced,
        },
        message);
}
