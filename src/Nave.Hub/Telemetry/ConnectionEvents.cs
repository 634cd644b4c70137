using System.Globalization;
using System.Text;
using Nave.Hub.Connections;
using Nave.Storage;

namespace Nave.Hub.Telemetry;

/// <summary>Encodes the events of connects and disconnects (wire facts 14.3). What is encoded goes through the outbox.</summary>
internal sealed class ConnectionEvents(HubEvents events)
{
    /// <summary>Makes the outbox entry of a change, or <see langword="null"/> if the hub does not put such events on its stream.</summary>
    public StateOutboxWrite? Encode(ConnectionChange change)
    {
        if (!events.Wants(HubEventSources.ConnectionState))
        {
            return null;
        }

        // 64 digits: the epoch grows with every connection of the hub, across restarts; a disconnect follows its connect.
        var body = string.Create(
            CultureInfo.InvariantCulture, $"{{\"sequenceNumber\":\"{0:X32}{change.Epoch:X16}{(change.Connected ? 1 : 2):X16}\"}}");
        var header = EventHeader.Create(EventSource.ConnectionState, change.Id, change.GenerationId, string.Empty);
        var kind = change.Connected ? HubEventKind.Connected : HubEventKind.Disconnected;
        return events.Entry(header, kind, change.Id, change.Time, Encoding.UTF8.GetBytes(body));
    }
}
