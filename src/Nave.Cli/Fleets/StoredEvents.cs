using Nave.Api;
using Nave.Client;
using Nave.Fleet.Simulation;

namespace Nave.Cli.Fleets;

/// <summary>Reads a hub's log and notes which messages of a run it holds.</summary>
internal static class StoredEvents
{
    // The clocks of client and hub may differ by a little.
    private static readonly TimeSpan s_margin = TimeSpan.FromMinutes(5);

    /// <param name="target">The hub's event stream.</param>
    /// <param name="ledger">Gets every message of its run that is stored.</param>
    /// <param name="since">When the run began.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public static async Task ReadAsync(EventsTarget target, MessageLedger ledger, DateTimeOffset since, CancellationToken cancellationToken)
    {
        await using var client = target.CreateClient();
        var options = new EventReadOptions { Start = EventPosition.FromTime(since - s_margin), UntilEnd = true };
        await foreach (var batch in client.ReadBatchesAsync(options, cancellationToken))
        {
            foreach (var received in batch)
            {
                ledger.NoteStored(received.Properties[SystemProperty.MessageId]);
            }
        }
    }
}
