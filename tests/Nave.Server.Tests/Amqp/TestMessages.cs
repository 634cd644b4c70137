using System.Text;
using Nave.Amqp;

namespace Nave.Server.Tests.Amqp;

/// <summary>Makes encoded messages.</summary>
internal static class TestMessages
{
    public static byte[] Of(Action<AmqpWriter> write)
    {
        var writer = new AmqpWriter();
        write(writer);
        return writer.Written.ToArray();
    }

    public static byte[] Data(string body, string? messageId = null, AmqpMap? application = null, AmqpMap? annotations = null) => Of(writer =>
    {
        if (annotations is not null)
        {
            var start = writer.BeginMessageAnnotations();
            foreach (var (key, value) in annotations)
            {
                writer.Value(key);
                writer.Value(value);
            }

            writer.End(start, 2 * annotations.Count);
        }

        if (messageId is not null)
        {
            writer.Properties(new AmqpPropertiesFields { MessageId = messageId });
        }

        writer.ApplicationProperties(application);
        writer.Data(Encoding.UTF8.GetBytes(body));
    });

    /// <summary>Several messages as one (wire facts 5.2.14).</summary>
    public static byte[] Batch(params byte[][] messages) => Of(writer =>
    {
        foreach (var message in messages)
        {
            writer.Data(message);
        }
    });

    /// <summary>A twin request.</summary>
    public static byte[] Twin(string operation, string? resource, string correlation, string body = " ", long? version = null) => Of(writer =>
    {
        var start = writer.BeginMessageAnnotations();
        writer.Symbol("operation");
        writer.String(operation);
        writer.Symbol("resource");
        writer.String(resource);
        if (version is { } number)
        {
            writer.Symbol("version");
            writer.Long(number);
        }

        writer.End(start, version is null ? 4 : 6);
        writer.Properties(new AmqpPropertiesFields { CorrelationId = correlation });
        writer.Data(Encoding.UTF8.GetBytes(body));
    });
}
