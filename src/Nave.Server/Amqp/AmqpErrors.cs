using Nave.Amqp;
using Nave.Api;
using Nave.Hub.Connections;

namespace Nave.Server.Amqp;

/// <summary>Says the hub's errors and reasons in AMQP's words: the conditions that SDKs understand. Source: wire facts 5.4, 6.15, 6.16.</summary>
internal static class AmqpErrors
{
    public const string ArgumentError = "com.microsoft:argument-error";
    public const string DeviceAlreadyExists = "com.microsoft:device-already-exists";
    public const string Throttled = "com.microsoft:device-container-throttled";
    public const string HubNotFound = "com.microsoft:iot-hub-not-found-error";
    public const string HubSuspended = "com.microsoft:iot-hub-suspended";
    public const string MessageLockLost = "com.microsoft:message-lock-lost";
    public const string PreconditionFailed = "com.microsoft:precondition-failed";
    public const string QuotaExceeded = "com.microsoft:quota-exceeded";
    public const string Timeout = "com.microsoft:timeout";

    private const string TrackingId = "com.microsoft:tracking-id";

    /// <summary>Translates an error of the hub.</summary>
    public static AmqpError Of(HubError error) => new(ConditionOf(error), error.Message, AmqpMap.Fields((TrackingId, Guid.NewGuid().ToString("N"))));

    /// <summary>Translates why the hub ends the links of a device.</summary>
    public static AmqpError Of(CloseReason reason) => reason switch
    {
        CloseReason.TakenOver => new(AmqpCondition.LinkStolen, "A newer connection of this device took over."),
        CloseReason.TokenExpired => new(AmqpCondition.UnauthorizedAccess, "The token has expired and was not renewed."),
        CloseReason.Disabled => new(AmqpCondition.UnauthorizedAccess, "The device is disabled."),
        CloseReason.Deleted => new(AmqpCondition.NotFound, "The device was deleted."),
        CloseReason.Revoked => new(AmqpCondition.UnauthorizedAccess, "The key or certificate that was used is no longer valid."),
        CloseReason.StorageUnavailable => new(AmqpCondition.DetachForced, "The hub cannot store anything now; try again later."),
        CloseReason.Standby => new(AmqpCondition.DetachForced, "The hub stands by: it takes no devices now."),
        CloseReason.ServerShutdown => new(AmqpCondition.ConnectionForced, "The server is stopping."),
        _ => new(AmqpCondition.DetachForced, "The link was closed by the hub."),
    };

    private static string ConditionOf(HubError error) => error.Code switch
    {
        HubErrorCode.IotHubNotFound => HubNotFound,
        HubErrorCode.IotHubSuspended => HubSuspended,
        HubErrorCode.IotHubQuotaExceeded => QuotaExceeded,
        HubErrorCode.DeviceDisabled => AmqpCondition.UnauthorizedAccess,
        HubErrorCode.DeviceMaximumQueueDepthExceeded => AmqpCondition.ResourceLimitExceeded,
        HubErrorCode.InvalidMessageExpiryTime => ArgumentError,
        HubErrorCode.DeviceAlreadyExists => DeviceAlreadyExists,
        HubErrorCode.LinkCreationConflict => AmqpCondition.LinkStolen,
        HubErrorCode.DeviceMessageLockLost => MessageLockLost,
        HubErrorCode.MessageTooLarge => AmqpCondition.MessageSizeExceeded,
        HubErrorCode.GatewayTimeout => Timeout,
        _ => error.HttpStatus switch
        {
            400 => ArgumentError,
            401 => AmqpCondition.UnauthorizedAccess,
            403 or 405 => AmqpCondition.NotAllowed,
            404 => AmqpCondition.NotFound,
            412 => PreconditionFailed,
            413 => AmqpCondition.MessageSizeExceeded,
            429 => Throttled,
            503 => AmqpCondition.DetachForced,
            _ => AmqpCondition.InternalError,
        },
    };
}
