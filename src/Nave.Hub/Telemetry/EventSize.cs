using Nave.Api;

namespace Nave.Hub.Telemetry;

/// <summary>
/// The size of an event as its limit counts it: body, values of system properties, names and values of application
/// properties. Source: Azure IoT Hub quotas.
/// </summary>
internal static class EventSize
{
    /// <summary>Counts the properties in <see cref="EventPropertiesWriter"/>'s form.</summary>
    public static int OfProperties(ReadOnlySpan<byte> encoded)
    {
        var total = 0;
        var reader = new EventPropertiesReader(encoded);
        while (reader.TryRead())
        {
            total += reader.Name.Length + reader.Value.Length;
        }

        return total;
    }
}
