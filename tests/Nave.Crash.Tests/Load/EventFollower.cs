using Nave.Crash.Tests.Checking;

namespace Nave.Crash.Tests.Load;

/// <summary>Reads the event stream of each partition while it grows, from a little before where it was when the hub died.</summary>
internal sealed class EventFollower(LoadContext context, EventWitness witness)
{
    private const int Overlap = 50;

    /// <summary>Follows one partition until the load ends.</summary>
    public async Task RunAsync(int partition, CancellationToken stop)
    {
        try
        {
            while (true)
            {
                var life = await context.Hub.UpAsync(stop);
                try
                {
                    await FollowAsync(life, partition, stop);
                }
                catch (Exception e) when (!stop.IsCancellationRequested && e is HttpRequestException or IOException or OperationCanceledException or ObjectDisposedException)
                {
                    await context.Hub.UpAfterAsync(life.Number, stop);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The load has ended.
        }
    }

    private async Task FollowAsync(HubLife life, int partition, CancellationToken stop)
    {
        var from = Math.Max(0, witness.NextOf(partition) - Overlap);
        using var stream = await life.Http.EventsAsync($"partition={partition}&from={from}", stop);
        using var reader = new StreamReader(stream);
        while (await reader.ReadLineAsync(stop) is { } line)
        {
            witness.Saw(StoredLine.Parse(line));
        }

        throw new IOException("The stream of events ended.");
    }
}
