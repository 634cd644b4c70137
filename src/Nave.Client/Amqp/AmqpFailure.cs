using Nave.Amqp;

namespace Nave.Client;

/// <summary>What a peer's error conditions mean to a client. Source: wire facts 5.4, 8.2.5, 8.4.5.</summary>
internal static class AmqpFailure
{
    public static AmqpPeerException Of(AmqpError error, string what) =>
        new(KindOf(error.Condition), $"{what}: {(string.IsNullOrWhiteSpace(error.Description) ? error.Condition : $"{error.Description.TrimEnd()} ({error.Condition})")}", error.Condition);

    /// <summary>What the status of an answer of $cbs or $management means.</summary>
    public static AmqpPeerException Of(int status, string? description, string what)
    {
        var kind = status switch
        {
            401 or 403 => AmqpPeerError.Unauthorized,
            404 => AmqpPeerError.NotFound,
            408 => AmqpPeerError.TimedOut,
            429 or >= 500 => AmqpPeerError.NotConnected,
            _ => AmqpPeerError.Refused,
        };
        return new(kind, $"{what}: {(string.IsNullOrWhiteSpace(description) ? $"status {status}" : $"{description.TrimEnd()} (status {status})")}");
    }

    private static AmqpPeerError KindOf(string condition) => condition switch
    {
        AmqpCondition.UnauthorizedAccess => AmqpPeerError.Unauthorized,
        AmqpCondition.NotFound => AmqpPeerError.NotFound,
        AmqpCondition.LinkStolen => AmqpPeerError.Disconnected,
        AmqpCondition.MessageSizeExceeded => AmqpPeerError.TooLarge,
        AmqpCondition.ResourceLimitExceeded or "com.microsoft:quota-exceeded" => AmqpPeerError.QuotaExceeded,

        // Any of these may be gone when the same is asked again.
        AmqpCondition.InternalError or AmqpCondition.ConnectionForced or AmqpCondition.DetachForced or AmqpCondition.FramingError
            or AmqpCondition.WindowViolation or "com.microsoft:server-busy" or "com.microsoft:operation-cancelled"
            or "com.microsoft:device-container-throttled" or "com.microsoft:iot-hub-suspended" => AmqpPeerError.NotConnected,
        "com.microsoft:timeout" => AmqpPeerError.TimedOut,
        _ => AmqpPeerError.Refused,
    };
}
