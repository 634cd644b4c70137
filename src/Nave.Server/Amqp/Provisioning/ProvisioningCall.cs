using System.Text;
using Nave.Amqp;

namespace Nave.Server.Amqp.Provisioning;

/// <summary>A request of a device that is to be provisioned.</summary>
/// <param name="DeliveryId">Its delivery, or <see langword="null"/> if it came settled.</param>
/// <param name="CorrelationId">What the reply has to name, of the same type.</param>
/// <param name="Operation">What is wanted: <c>iotdps-register</c> or <c>iotdps-get-operationstatus</c>.</param>
/// <param name="OperationId">Which operation is asked for, or <see langword="null"/>.</param>
/// <param name="Body">The JSON; empty if there is none.</param>
internal sealed record ProvisioningCall(uint? DeliveryId, AmqpValue CorrelationId, string? Operation, string? OperationId, byte[] Body)
{
    public const string Register = "iotdps-register";
    public const string GetOperation = "iotdps-get-operationstatus";

    /// <summary>Reads a message.</summary>
    /// <exception cref="AmqpProtocolException">It is malformed.</exception>
    public static ProvisioningCall Parse(in AmqpDelivery delivery)
    {
        var message = AmqpMessage.Parse(delivery.Payload);
        var body = message switch
        {
            { BodyKind: AmqpBodyKind.Data } => message.Data.ToArray(),
            { BodyKind: AmqpBodyKind.Value, Value.IsText: true } => Encoding.UTF8.GetBytes(message.Value.AsText()),
            _ => [],
        };
        return new ProvisioningCall(
            delivery.IsSettled ? null : delivery.Id,
            message.Properties.CorrelationId.ToValue(),
            Text(message.ApplicationProperties, "iotdps-operation-type"u8),
            Text(message.ApplicationProperties, "iotdps-operation-id"u8),
            body);
    }

    private static string? Text(AmqpMapView properties, ReadOnlySpan<byte> name) =>
        properties.TryGet(name, out var value) && value.IsText ? value.AsText() : null;
}
