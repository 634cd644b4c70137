using Nave.Api;
using Nave.Hub.Commands;

namespace Nave.Server.Mqtt;

/// <summary>The properties of a cloud-to-device message as the device gets them (wire facts 4.4.9).</summary>
internal static class CommandProperties
{
    [ThreadStatic]
    private static EventPropertiesWriter? s_writer;

    /// <summary>Adds address and expiry to what the sender gave.</summary>
    /// <returns>The encoded properties; valid until the thread's next call.</returns>
    public static ReadOnlySpan<byte> Of(LockedMessage message, IdentityId id)
    {
        var writer = s_writer ??= new EventPropertiesWriter();
        writer.Clear();

        // Never an empty bag: the .NET SDK throws on one (4.4.7). The capital B is the service's.
        writer.Add(SystemProperty.To, id.ModuleId is null
            ? $"/devices/{id.DeviceId}/messages/deviceBound"
            : $"/devices/{id.DeviceId}/modules/{id.ModuleId}/messages/deviceBound");
        writer.Add(SystemProperty.AbsoluteExpiryTime, WireTime.Format(message.Expires));
        var reader = new EventPropertiesReader(message.Message.Properties.Encoded.Span);
        while (reader.TryRead())
        {
            if (reader.System is SystemProperty.To or SystemProperty.AbsoluteExpiryTime)
            {
                continue;
            }

            if (reader.System != SystemProperty.None)
            {
                writer.Add(reader.System, reader.Value);
            }
            else if (reader.IsNull)
            {
                writer.AddNull(reader.Name);
            }
            else
            {
                writer.Add(reader.Name, reader.Value);
            }
        }

        return writer.Written;
    }
}
