using System.Globalization;
using System.Text;
using Nave.Amqp;
using Nave.Client;

namespace Nave.Fleet.Tests.Replication.Support;

/// <summary>Events as they come over the wire, well-formed or not.</summary>
internal static class RawEvent
{
    public static ReceivedEvent Of(long sequence, string source, string? device, string? operation, string body)
    {
        var annotations = AmqpMap.Fields(
            ("x-opt-sequence-number", sequence),
            ("x-opt-offset", (sequence * 100).ToString(CultureInfo.InvariantCulture)),
            ("x-opt-enqueued-time", AmqpValue.Timestamp(1_800_000_000_000 + sequence)),
            ("iothub-message-source", source));
        if (device is not null)
        {
            annotations.Add(AmqpValue.Symbol("iothub-connection-device-id"), device);
        }

        var writer = new AmqpWriter();
        var start = writer.BeginMessageAnnotations();
        foreach (var (key, value) in annotations)
        {
            writer.Value(key);
            writer.Value(value);
        }

        writer.End(start, annotations.Count * 2);
        writer.ApplicationProperties(operation is null
            ? AmqpMap.Strings(("hubName", "h"))
            : AmqpMap.Strings(("hubName", "h"), ("opType", operation), ("operationTimestamp", "2026-01-02T03:04:05.1234567Z")));
        writer.Data(Encoding.UTF8.GetBytes(body));
        return ReceivedEvent.Read("0", writer.Written.ToArray());
    }
}
