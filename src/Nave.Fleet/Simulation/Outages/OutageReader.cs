using Nave.Api;
using Nave.Client;

namespace Nave.Fleet.Simulation;

/// <summary>
/// Reads the events of several hubs as one reader would that follows a fleet, and notes when it had nothing to read, and when a connection was lost.
/// A hub is asked anew where its events are whenever the connection to it is opened.
/// </summary>
/// <param name="timeline">Gets what is noted.</param>
/// <param name="silence">After such a time without any event of the run, reading has stopped.</param>
/// <param name="isOfRun">Tells by a message id whether an event is of the run.</param>
/// <param name="time">The clock.</param>
public sealed class OutageReader(OutageTimeline timeline, TimeSpan silence, Func<string?, bool> isOfRun, TimeProvider time)
{
    private const string Reader = "reader";
    private static readonly TimeSpan s_retry = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private DateTimeOffset? _last;

    /// <summary>Reads one hub's events until it is stopped.</summary>
    public async Task RunAsync(string hostName, EventsClient client, EventReadOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(client);
        client.ConnectionChanged += (_, change) =>
        {
            if (change.State == DeviceConnectionState.Disconnected && !cancellationToken.IsCancellationRequested)
            {
                timeline.Stop($"{Reader} of {hostName}", "link", change.At, change.Reason?.Message);
            }
            else if (change.State == DeviceConnectionState.Connected)
            {
                timeline.Resume($"{Reader} of {hostName}", "link", change.At, hostName, 0);
            }
        };
        try
        {
            while (true)
            {
                try
                {
                    await foreach (var batch in client.ReadBatchesAsync(options, cancellationToken).ConfigureAwait(false))
                    {
                        if (batch.Any(one => isOfRun(one.Properties[SystemProperty.MessageId])))
                        {
                            Note(hostName);
                        }
                    }
                }
                catch (AmqpPeerException e)
                {
                    timeline.Stop($"{Reader} of {hostName}", "link", time.GetUtcNow(), e.Message);
                }

                await Task.Delay(s_retry, time, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The run ends.
        }
    }

    private void Note(string hostName)
    {
        lock (_gate)
        {
            var now = time.GetUtcNow();
            if (_last is { } last && now - last > silence)
            {
                timeline.Add(new Outage(Reader, "reading", last, now, hostName, 0, null));
            }

            _last = now;
        }
    }
}
