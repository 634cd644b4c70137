using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Nave.Api;
using Nave.Hub.Security;
using Nave.Hub.Telemetry;

namespace Nave.Server.Http.Own;

/// <summary>
/// The event stream, as lines of JSON or (<c>Accept: application/vnd.nave.events</c>) as frames: <c>GET /nave/events?partition=&amp;from=earliest|latest|TIME|SEQUENCE&amp;untilEnd=true&amp;deviceId=</c>.
/// With <c>untilEnd</c> in partition and sequence order up to what was there when the request came; else it follows.
/// </summary>
internal static class EventEndpoints
{
    // A revoked key, or a token that ends, ends what still flows under it within this.
    private static readonly TimeSpan s_authorizationCheck = TimeSpan.FromSeconds(1);

    public static void Map(HubRoutes routes) => routes.Service("GET", "/nave/events", AccessRights.ServiceConnect, StreamAsync);

    private static async Task StreamAsync(HubRequest request)
    {
        var events = request.Hub.Events;
        if (!TryReadPartitions(request, events, out var partitions, out var error) || !TryReadStart(request, events, partitions, out var starts, out error))
        {
            await request.WriteErrorAsync(error!);
            return;
        }

        var query = request.Context.Request.Query;
        var deviceId = query["deviceId"].ToString() is { Length: > 0 } id ? id : null;
        var untilEnd = string.Equals(query["untilEnd"], "true", StringComparison.OrdinalIgnoreCase);
        var ends = Array.ConvertAll(partitions, partition => untilEnd ? events.GetState(partition).NextSequence : long.MaxValue);

        var response = request.Context.Response;
        var asFrames = request.Context.Request.Headers.Accept.Contains(EventFrame.MediaType);
        if (asFrames && deviceId is not null)
        {
            await request.WriteErrorAsync(new HubError(HubErrorCode.ArgumentInvalid, $"'deviceId' is not permitted with {EventFrame.MediaType}; lines of JSON can be of one device."));
            return;
        }

        response.ContentType = asFrames ? EventFrame.MediaType : "application/x-ndjson; charset=utf-8";
        await response.StartAsync(request.Aborted);
        await response.BodyWriter.FlushAsync(request.Aborted);
        using IEventForm form = asFrames ? new EventFrames(response.BodyWriter) : new EventLines(response.BodyWriter, deviceId);
        await SendAsync(request, partitions, starts, ends, form);
    }

    private static async Task SendAsync(HubRequest request, int[] partitions, long[] starts, long[] ends, IEventForm form)
    {
        var services = request.Context.RequestServices;
        var follows = ends.Contains(long.MaxValue);

        // A reader that follows has no end of its own: it must not hold up a stop. Lines are written whole, so it ends behind one.
        var stopping = follows ? services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping : CancellationToken.None;
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(request.Aborted, stopping);
        var revoked = false;
        await using var check = services.GetRequiredService<TimeProvider>().CreateTimer(
            _ =>
            {
                if (!request.IsAuthorized())
                {
                    Volatile.Write(ref revoked, true);
                    ended.Cancel();
                }
            },
            null,
            s_authorizationCheck,
            s_authorizationCheck);
        try
        {
            var copies = partitions.Select((partition, i) => (Func<Task>)(() =>
                CopyAsync(request.Hub.Events, partition, starts[i], ends[i], form, ended.Token)));
            if (follows)
            {
                await Task.WhenAll(copies.Select(copy => copy()));
                return;
            }

            foreach (var copy in copies)
            {
                await copy();
            }
        }
        catch (OperationCanceledException) when (Volatile.Read(ref revoked))
        {
            // Cut, not ended: the reader must not take it for the end of the stream.
            request.Context.Abort();
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested && !request.Aborted.IsCancellationRequested)
        {
            // The response ends in good order.
        }
    }

    private static async Task CopyAsync(
        EventReader events, int partition, long from, long end, IEventForm form, CancellationToken cancellationToken)
    {
        var next = from;
        while (next < end)
        {
            var read = await form.CopyAsync(events, partition, next, end, cancellationToken);
            if (read > next)
            {
                next = read;
                continue;
            }

            if (end != long.MaxValue)
            {
                return;
            }

            await events.WaitForAsync(partition, next, cancellationToken);
        }
    }

    private static bool TryReadPartitions(HubRequest request, EventReader events, out int[] partitions, out HubError? error)
    {
        if (!request.TryQueryInt("partition", 0, events.PartitionCount - 1, -1, out var partition, out error))
        {
            partitions = [];
            return false;
        }

        partitions = partition >= 0 ? [partition] : [.. Enumerable.Range(0, events.PartitionCount)];
        return true;
    }

    private static bool TryReadStart(HubRequest request, EventReader events, int[] partitions, out long[] starts, out HubError? error)
    {
        error = null;
        var from = request.Context.Request.Query["from"].ToString();
        Func<int, long>? start = from.ToLowerInvariant() switch
        {
            "" or "latest" => partition => events.GetState(partition).NextSequence,
            "earliest" => partition => events.GetState(partition).FirstSequence,
            _ when long.TryParse(from, NumberStyles.None, CultureInfo.InvariantCulture, out var sequence) && partitions.Length == 1 => _ => sequence,
            _ when from.Contains('-', StringComparison.Ordinal)
                && DateTimeOffset.TryParse(from, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) =>
                partition => events.FindByTime(partition, time),
            _ => null,
        };
        starts = start is null ? [] : Array.ConvertAll(partitions, partition => start(partition));
        if (start is null)
        {
            error = new HubError(
                HubErrorCode.ArgumentInvalid,
                $"'from' is '{from}'; earliest, latest, a time such as 2026-01-31T12:00:00Z, or with 'partition' a sequence number is permitted.");
        }

        return start is not null;
    }
}
