using Nave.Amqp;
using Nave.Hub.Telemetry;

namespace Nave.Server.Amqp.Device;

/// <summary>Why events are refused.</summary>
internal static class EventErrors
{
    public static AmqpError TooLarge { get; } = new(
        AmqpCondition.MessageSizeExceeded, $"The event exceeds {TelemetryIngest.MaxEventBytes} bytes with its properties.");

    public static AmqpError NotStored { get; } = new(AmqpCondition.InternalError, "The event was not stored; send it again.");

    public static AmqpError Throttled { get; } = new(AmqpErrors.Throttled, "The device or the hub is over its limit; send it again later.");

    public static AmqpError NoBody { get; } = new(
        AmqpCondition.NotImplemented, "The body is a list, a map or a number; data sections, text or bytes are permitted.");
}
