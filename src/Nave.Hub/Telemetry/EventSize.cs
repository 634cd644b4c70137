namespace Nave.Hub.Telemetry;

/// <summary>
/// The size of an event as its limit counts it: body, values of system properties, names and values of application
/// properties. Source: Azure IoT Hub quotas.
/// </summary>
internal static class EventSize
{
    /// <summary>Counts the properties in <see cref="Nave.Api.EventPropertiesWriter"/>'s form.</summary>
    public static int OfProperties(ReadOnlySpan<byte> encoded)
    {
        var total = 0;
        var rest = encoded;
        while (!rest.IsEmpty)
        {
            var isApplication = rest[0] == 0;
            rest = rest[1..];
            ReadOnlySpan<byte> name = default;
            if ((isApplication && !Varint.TryReadBytes(ref rest, out name)) || !Varint.TryReadBytes(ref rest, out var value))
            {
                throw new ArgumentException("The encoded properties end in the middle of a property.", nameof(encoded));
            }

            total += name.Length + value.Length;
        }

        return total;
    }
}
