using System.Text;
using Nave.Amqp;
using Nave.Api;

namespace Nave.Client;

/// <summary>What an event holds beside its place in the partition.</summary>
internal sealed class EventDetails
{
    public required string Offset { get; init; }

    public string? DeviceId { get; init; }

    public string? ModuleId { get; init; }

    public string? Source { get; init; }

    public string? AuthMethod { get; init; }

    public string? GenerationId { get; init; }

    public required EventProperties Properties { get; init; }

    /// <summary>Gets the body, if it is more than one data section or another kind.</summary>
    public required ReadOnlyMemory<byte> Body { get; init; }

    public static EventDetails Read(byte[] bytes)
    {
        var message = AmqpMessage.Parse(bytes);
        var annotations = message.MessageAnnotations;
        return new EventDetails
        {
            Offset = TextOf(annotations, EventAnnotations.Offset) ?? string.Empty,
            DeviceId = TextOf(annotations, EventAnnotations.DeviceId),
            ModuleId = TextOf(annotations, EventAnnotations.ModuleId),
            Source = TextOf(annotations, EventAnnotations.Source),
            AuthMethod = TextOf(annotations, EventAnnotations.AuthMethod),
            GenerationId = TextOf(annotations, EventAnnotations.GenerationId),
            Properties = AmqpEventProperties.Read(message),
            Body = BodyOf(message),
        };
    }

    private static string? TextOf(AmqpMapView annotations, ReadOnlySpan<byte> name) =>
        annotations.TryGet(name, out var value) && !value.IsNull ? value.IsText ? value.AsText() : value.ToValue().ToString() : null;

    private static byte[] BodyOf(in AmqpMessage message)
    {
        if (message.BodyKind == AmqpBodyKind.Data && message.DataSections.Left > 1)
        {
            var all = new MemoryStream();
            var sections = message.DataSections;
            while (sections.TryNext(out var data))
            {
                all.Write(data);
            }

            return all.ToArray();
        }

        // Devices send data sections; other producers may not.
        return message.BodyKind != AmqpBodyKind.Value || message.Value.IsNull ? []
            : message.Value.Type == AmqpType.Binary ? message.Value.AsBinary().ToArray()
            : Encoding.UTF8.GetBytes(message.Value.ToValue().ToString());
    }
}
