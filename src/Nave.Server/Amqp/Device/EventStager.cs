using Nave.Amqp;
using Nave.Api;
using Nave.Hub.Telemetry;
using Nave.Server.Ingest;
using Nave.Storage;

namespace Nave.Server.Amqp.Device;

/// <summary>Takes deliveries of one link apart and stages their events. In the peer's turn.</summary>
internal sealed class EventStager(DevicePeer device, EventIntake intake, IngestLane lane)
{
    [ThreadStatic]
    private static EventPropertiesWriter? s_properties;

    /// <summary>Stages a delivery, or what of it is not staged yet.</summary>
    /// <param name="payload">The message.</param>
    /// <param name="ticket">How far it is.</param>
    /// <exception cref="AmqpProtocolException">It is malformed, or its body is of a kind that no event has.</exception>
    public AppendOutcome Stage(ReadOnlySpan<byte> payload, ref EventTicket ticket)
    {
        var message = AmqpMessage.Parse(payload);
        return ticket.IsBatch
            ? StageAll(message, ref ticket)
            : Stage(message, ticket.IsSettled ? null : intake, ticket.Id);
    }

    private AppendOutcome StageAll(in AmqpMessage outer, ref EventTicket ticket)
    {
        var sections = outer.DataSections;
        if (ticket.Batch is null)
        {
            // Whole or not at all, as far as that can be seen beforehand.
            Check(sections);
            ticket.Batch = new EventBatch(intake, ticket.Id);
        }

        var batch = ticket.Batch;
        for (var i = 0; sections.TryNext(out var data); i++)
        {
            if (i < batch.Next)
            {
                continue;
            }

            batch.Begin();
            var outcome = Stage(AmqpMessage.Parse(data), ticket.IsSettled ? null : batch, i);
            if (outcome != AppendOutcome.Staged)
            {
                batch.Undo();
                return outcome;
            }

            batch.Next++;
        }

        if (!ticket.IsSettled && batch.End())
        {
            intake.Settle(ticket.Id, batch.IsDurable);
        }

        return AppendOutcome.Staged;
    }

    private AppendOutcome Stage(in AmqpMessage message, IAppendObserver? observer, long token)
    {
        var properties = s_properties ??= new EventPropertiesWriter();
        properties.Clear();
        MessageReader.ReadProperties(message, properties);
        if (device.ModelId is { } model)
        {
            properties.Add(SystemProperty.DataSchema, model);
        }

        if (!MessageReader.TryReadBody(message, out var body))
        {
            throw new AmqpProtocolException(EventErrors.NoBody.Condition, EventErrors.NoBody.Description!);
        }

        var draft = new EventDraft { Properties = properties.Written, Body = body };
        if (observer is not null)
        {
            // Counted before: the commit thread may be faster than this one.
            lane.CountStaged();
        }

        var outcome = lane.Hub.Telemetry.TryAppend(lane.Appender, device.Session!.Principal, draft, observer, token); // Set: links come after the session.
        if (observer is not null && outcome != AppendOutcome.Staged)
        {
            lane.CountCompleted(1);
        }

        return outcome;
    }

    private static void Check(AmqpDataView sections)
    {
        while (sections.TryNext(out var data))
        {
            _ = AmqpMessage.Parse(data);
        }
    }
}
