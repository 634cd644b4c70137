using System.Globalization;
using System.Text;
using Nave.Hub.Telemetry;
using Nave.Storage;

namespace Nave.Hub.Connections;

/// <summary>Makes the events of connection changes. Source: wire facts 14.3.</summary>
internal sealed class ConnectionEvents(HubEvents events)
{
    /// <summary>Adds the event of a change to the transaction that stores the change.</summary>
    public void Publish(StateTransaction transaction, ConnectionChange change)
    {
        if (!events.Wants(HubEventSources.ConnectionState))
        {
            return;
        }

        // 64 hex digits that grow: the epoch of the connection, and after it whether this is its begin or its end.
        var sequence = change.Epoch.ToString("X62", CultureInfo.InvariantCulture) + (change.Connected ? "00" : "01");
        var header = EventHeader.Create(EventSource.ConnectionState, change.Id, change.GenerationId, string.Empty);
        events.Publish(
            transaction,
            header,
            change.Connected ? HubEventKind.Connected : HubEventKind.Disconnected,
            change.Id,
            change.Time,
            Encoding.ASCII.GetBytes($"{{\"sequenceNumber\":\"{sequence}\"}}"));
    }
}
