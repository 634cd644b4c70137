using System.Globalization;
using System.Runtime.CompilerServices;
using Nave.Api;
using Nave.Client;

namespace Nave.Cli.Commands;

/// <summary>Reads events and goes on where it was when the hub was away; no event is seen twice.</summary>
internal sealed class EventFollower(ServiceClient service, EventQuery query, TimeProvider time, Action<string> note)
{
    private static readonly TimeSpan s_retryDelay = TimeSpan.FromSeconds(1);

    // Longer than it takes to find out that the hub is not there, or refuses.
    private static readonly TimeSpan s_settled = TimeSpan.FromMinutes(1);

    // The next sequence number of each partition that has shown an event.
    private readonly Dictionary<int, long> _next = [];
    private readonly Dictionary<int, DateTimeOffset> _lastSeen = [];
    private readonly long _started = time.GetTimestamp();

    /// <summary>Reads on until the end (if the query asks for that) or until it is cancelled.</summary>
    public async IAsyncEnumerable<EventLine> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            // Partitions take turns: the earliest of their last times leaves no event behind.
            var current = _lastSeen.Count > 0 ? query with { From = _lastSeen.Values.Min().UtcDateTime.ToString("o", CultureInfo.InvariantCulture) } : query;
            await using var events = service.ReadEventsAsync(current, cancellationToken).GetAsyncEnumerator(cancellationToken);
            while (await TryMoveAsync(events))
            {
                var line = events.Current;
                if (_next.TryGetValue(line.Partition, out var next) && line.SequenceNumber < next)
                {
                    continue;
                }

                _next[line.Partition] = line.SequenceNumber + 1;
                _lastSeen[line.Partition] = line.EnqueuedTime;
                yield return line;
            }

            if (query.UntilEnd)
            {
                yield break;
            }

            await Task.Delay(s_retryDelay, time, cancellationToken);
        }
    }

    // A stream that has flowed, or was open and idle, was cut; the hub does that too when a token ends.
    private bool IsSettled => _next.Count > 0 || time.GetElapsedTime(_started) >= s_settled;

    private async Task<bool> TryMoveAsync(IAsyncEnumerator<EventLine> events)
    {
        try
        {
            return await events.MoveNextAsync();
        }
        catch (Exception e) when (!query.UntilEnd && IsSettled && (e is HttpRequestException or IOException or HubException { IsTransient: true }))
        {
            note($"The hub is away ({Failure.Reason(e)}); following on from the last event when it is back.");
            return false;
        }
    }
}
