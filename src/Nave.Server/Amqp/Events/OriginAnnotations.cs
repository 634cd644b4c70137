using Nave.Amqp;
using Nave.Hub.Telemetry;

namespace Nave.Server.Amqp.Events;

/// <summary>The message annotations that depend on an event's sender alone, encoded once a sender (wire facts 8.3.1).</summary>
internal sealed class OriginAnnotations
{
    private readonly byte[] _encoded;

    private OriginAnnotations(byte[] encoded, int count)
    {
        _encoded = encoded;
        Count = count;
    }

    /// <summary>Gets keys and values, encoded one behind the other.</summary>
    public ReadOnlySpan<byte> Encoded => _encoded;

    /// <summary>Gets how many keys and values there are together.</summary>
    public int Count { get; }

    /// <summary>Gets those of a sender.</summary>
    public static OriginAnnotations Of(EventOrigin origin)
    {
        if (origin.Wire is not OriginAnnotations annotations)
        {
            origin.Wire = annotations = Encode(origin);
        }

        return annotations;
    }

    private static OriginAnnotations Encode(EventOrigin origin)
    {
        var writer = new AmqpWriter();
        var count = 0;
        Add("iothub-connection-device-id", origin.Device.DeviceId);
        Add("iothub-connection-module-id", origin.Device.ModuleId);
        Add("iothub-connection-auth-method", origin.AuthMethod);
        Add("iothub-connection-auth-generation-id", origin.GenerationId);
        Add("iothub-message-source", origin.Source);
        return new OriginAnnotations(writer.Written.ToArray(), count);

        void Add(string key, string? value)
        {
            if (!string.IsNullOrEmpty(value))
            {
                writer.Symbol(key);
                writer.String(value);
                count += 2;
            }
        }
    }
}
