using Nave.Hub.Telemetry;
using Nave.Server.Amqp.Events;

namespace Nave.Fuzz.Server;

/// <summary>Filters of those who read events over AMQP: where in the partition to begin.</summary>
internal sealed class EventFilterTarget() : FuzzTarget("amqp-event-filter", Texts(
    "amqp.annotation.x-opt-offset > '100'",
    "amqp.annotation.x-opt-offset >= '-1'",
    "amqp.annotation.x-opt-offset > '@latest'",
    "amqp.annotation.x-opt-sequence-number >= 7",
    "amqp.annotation.x-opt-enqueued-time > '1767225600000'"))
{
    public override IReadOnlyList<byte[]> Words { get; } = Texts("amqp.annotation.", "x-opt-offset", "x-opt-sequence-number", "x-opt-enqueuedtimeutc", ">", ">=", "=", "'", " ", "-1", "@latest", "9223372036854775808", "+1", "%");

    public override bool Execute(byte[] input)
    {
        var isRead = EventFilter.TryParse(TextOf(input), out var position, out var problem);
        Check(isRead == problem is null && (problem is null || problem.Length < 700), "there is a position or a short reason");
        Check(isRead ? position.Value >= 0 || position == EventPosition.Earliest || position == EventPosition.Latest : position == EventPosition.Earliest, "a position is one that the log has");
        return isRead;
    }
}
