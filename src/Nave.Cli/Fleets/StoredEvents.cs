using Nave.Api;
using Nave.Client;
using Nave.Fleet.Simulation;

namespace Nave.Cli.Fleets;

/// <summary>Reads a hub's log and notes which messages of a run it holds.</summary>
internal static class StoredEvents
{
    // The clocks of client and hub may differ by a little.
    private static readonly TimeSpan s_margin = TimeSpan.FromMinutes(5);

    /// <param name="service">The hub.</param>
    /// <param name="ledger">Gets every message of its run that is stored.</param>
    /// <param name="since">When the run began.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public static async Task ReadAsync(ServiceClient service, MessageLedger ledger, DateTimeOffset since, CancellationToken cancellationToken)
    {
        var query = new EventQuery { From = WireTime.Format(since - s_margin), UntilEnd = true };
        await foreach (var line in service.ReadEventsAsync(query, cancellationToken))
        {
            ledger.NoteStored(line.Properties[SystemProperty.MessageId]);
        }
    }
}
