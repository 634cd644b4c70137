using Nave.Amqp;

namespace Nave.Server.Amqp.Device;

/// <summary>A twin request of a device.</summary>
/// <param name="Operation">What it wants.</param>
/// <param name="CorrelationId">Echoed exactly.</param>
/// <param name="Channel">Which pair of links it belongs to, or empty.</param>
/// <param name="BaseVersion">The version of the reported section that the device expects, or <see langword="null"/>.</param>
/// <param name="Payload">The patch; empty for other requests.</param>
internal sealed record TwinMessage(TwinOperation Operation, AmqpValue CorrelationId, string Channel, long? BaseVersion, byte[] Payload)
{
    private const string Reported = "/properties/reported";
    private const string Desired = "/notifications/twin/properties/desired";

    /// <summary>Reads a request.</summary>
    /// <exception cref="AmqpProtocolException">It is malformed.</exception>
    public static TwinMessage Parse(ReadOnlySpan<byte> encoded, string channel)
    {
        var message = AmqpMessage.Parse(encoded);
        var annotations = message.MessageAnnotations;
        var verb = annotations.TryGet("operation"u8, out var operation) && operation.IsText ? operation.AsText().ToUpperInvariant() : string.Empty;
        var resource = annotations.TryGet("resource"u8, out var path) && path.IsText ? path.AsText().TrimEnd('/') : string.Empty;
        long? version = annotations.TryGet("version"u8, out var number) && number.TryGetInteger(out var value) ? value : null;
        var wanted = (verb, resource) switch
        {
            ("GET", "") => TwinOperation.Get,
            ("PATCH", _) when resource.Equals(Reported, StringComparison.OrdinalIgnoreCase) => TwinOperation.Report,
            ("PUT", _) when resource.Equals(Desired, StringComparison.OrdinalIgnoreCase) => TwinOperation.Subscribe,
            ("DELETE", _) when resource.Equals(Desired, StringComparison.OrdinalIgnoreCase) => TwinOperation.Unsubscribe,
            _ => TwinOperation.Unknown,
        };
        ReadOnlySpan<byte> body = default;
        if (wanted == TwinOperation.Report && !MessageReader.TryReadBody(message, out body))
        {
            throw new AmqpProtocolException(AmqpCondition.NotImplemented, "The patch must be data.");
        }

        return new TwinMessage(wanted, message.Properties.CorrelationId.ToValue(), channel, version, body.ToArray());
    }
}
