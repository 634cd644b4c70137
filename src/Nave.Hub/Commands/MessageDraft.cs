using System.Diagnostics.CodeAnalysis;
using Nave.Api;
using Nave.Hub.Telemetry;

namespace Nave.Hub.Commands;

/// <summary>A message that was checked and may be queued.</summary>
/// <param name="Message">With the properties as a device has to get them.</param>
/// <param name="Ack">What feedback its sender wants.</param>
/// <param name="MessageId">What its sender calls it; empty if nothing.</param>
/// <param name="Expires">When it ends undelivered.</param>
internal readonly record struct MessageDraft(CloudToDeviceMessage Message, AckMode Ack, string MessageId, DateTimeOffset Expires)
{
    /// <summary>Checks a message.</summary>
    /// <param name="id">To whom.</param>
    /// <param name="message">The message as it was sent.</param>
    /// <param name="now">Now.</param>
    /// <param name="draft">The message as it is queued.</param>
    /// <param name="error">413001 too large, 403009 expiry out of range, 400004 a property that cannot be read.</param>
    public static bool TryCreate(
        IdentityId id, CloudToDeviceMessage message, DateTimeOffset now, out MessageDraft draft, [NotNullWhen(false)] out HubError? error)
    {
        draft = default;
        var size = message.Body.Length + EventSize.OfProperties(message.Properties.Encoded.Span);
        if (size > CloudToDeviceLimits.MaxMessageBytes)
        {
            error = new HubError(HubErrorCode.MessageTooLarge, $"The message has {size} bytes with its properties; permitted are {CloudToDeviceLimits.MaxMessageBytes}.");
            return false;
        }

        if (!TryReadAck(message.Properties[SystemProperty.Ack], out var ack, out error)
            || !TryReadExpiry(message.Properties[SystemProperty.AbsoluteExpiryTime], now, out var expires, out error))
        {
            return false;
        }

        var messageId = message.Properties[SystemProperty.MessageId] ?? string.Empty;
        draft = new MessageDraft(message with { Properties = Addressed(id, message.Properties, expires) }, ack, messageId, expires);
        return true;
    }

    private static bool TryReadAck(string? text, out AckMode ack, [NotNullWhen(false)] out HubError? error)
    {
        ack = AckMode.None;
        error = null;
        if (string.IsNullOrEmpty(text))
        {
            return true;
        }

        // Not Enum.Parse, which takes numbers and lists too.
        foreach (var mode in (ReadOnlySpan<AckMode>)[AckMode.None, AckMode.Positive, AckMode.Negative, AckMode.Full])
        {
            if (text.Equals(mode.ToString(), StringComparison.OrdinalIgnoreCase))
            {
                ack = mode;
                return true;
            }
        }

        error = new HubError(HubErrorCode.ArgumentInvalid, "iothub-ack is not one of none, positive, negative and full.");
        return false;
    }

    private static bool TryReadExpiry(string? text, DateTimeOffset now, out DateTimeOffset expires, [NotNullWhen(false)] out HubError? error)
    {
        expires = now + CloudToDeviceLimits.DefaultTimeToLive;
        error = null;
        if (string.IsNullOrEmpty(text))
        {
            return true;
        }

        if (!WireTime.TryParse(text, out expires))
        {
            error = new HubError(HubErrorCode.ArgumentInvalid, "absolute-expiry-time is not an ISO 8601 time.");
            return false;
        }

        if (expires <= now || expires > now + CloudToDeviceLimits.MaxTimeToLive)
        {
            error = new HubError(
                HubErrorCode.InvalidMessageExpiryTime,
                $"The message expires at {WireTime.Format(expires)}; permitted is a time after {WireTime.Format(now)} and within {CloudToDeviceLimits.MaxTimeToLive.TotalDays:0} days.");
            return false;
        }

        return true;
    }

    // The address as Azure writes it, and the expiry in the only form that the .NET SDK reads (wire facts 4.4.7, 4.4.8).
    private static EventProperties Addressed(IdentityId id, EventProperties properties, DateTimeOffset expires)
    {
        var writer = new EventPropertiesWriter();
        writer.Add(
            SystemProperty.To, id.ModuleId is null ? $"/devices/{id.DeviceId}/messages/deviceBound" : $"/devices/{id.DeviceId}/modules/{id.ModuleId}/messages/deviceBound");
        var reader = new EventPropertiesReader(properties.Encoded.Span);
        while (reader.TryRead())
        {
            switch (reader.System)
            {
                case SystemProperty.To:
                    break;
                case SystemProperty.AbsoluteExpiryTime:
                    writer.Add(SystemProperty.AbsoluteExpiryTime, WireTime.Format(expires));
                    break;
                case SystemProperty.None when reader.IsNull:
                    writer.AddNull(reader.Name);
                    break;
                case SystemProperty.None:
                    writer.Add(reader.Name, reader.Value);
                    break;
                default:
                    writer.Add(reader.System, reader.Value);
                    break;
            }
        }

        return writer.ToProperties();
    }
}
