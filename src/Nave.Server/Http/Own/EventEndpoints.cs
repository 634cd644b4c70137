using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Nave.Api;
using Nave.Hub.Security;
using Nave.Hub.Telemetry;

namespace Nave.Server.Http.Own;

/// <summary>
/// The event stream as lines of JSON: <c>GET /nave/events?partition=&amp;from=earliest|latest|TIME|SEQUENCE&amp;untilEnd=true&amp;deviceId=</c>.
/// With <c>untilEnd</c> in partition and sequence order up to what was there when the request came; else it follows.
/// </summary>
internal static class EventEndpoints
{
    private const int ReadBytes = 256 * 1024;

    // A slow reader holds this much in the pipe, and then its partitions are read no further.
    private const int FlushBytes = 64 * 1024;

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
        response.ContentType = "application/x-ndjson; charset=utf-8";
        await response.StartAsync(request.Aborted);
        await response.BodyWriter.FlushAsync(request.Aborted);
        await SendAsync(request, partitions, starts, ends, new EventLines(response.BodyWriter, deviceId));
    }

    private static async Task SendAsync(HubRequest request, int[] partitions, long[] starts, long[] ends, EventLines lines)
    {
        using var owned = lines;
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
                CopyAsync(request.Hub.Events, partition, starts[i], ends[i], lines, ended.Token)));
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
        EventReader events, int partition, long from, long end, EventLines lines, CancellationToken cancellationToken)
    {
        var next = from;
        while (next < end)
        {
            var batch = await events.ReadAsync(partition, next, ReadBytes, cancellationToken);
            if (batch.Count == 0)
            {
                if (end != long.MaxValue)
                {
                    return;
                }

                await events.WaitForAsync(partition, next, cancellationToken);
                continue;
            }

            await lines.WriteAsync(batch, end, cancellationToken);
            next = batch[^1].SequenceNumber + 1;
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

    /// <summary>Writes lines of several partitions to one response.</summary>
    private sealed class EventLines(PipeWriter output, string? deviceId) : IDisposable
    {
        private readonly SemaphoreSlim _turn = new(1);
        private readonly ArrayBufferWriter<byte> _buffer = new();
        // The lines go to people and programs, never into HTML: text stays as it was sent.
        private readonly Utf8JsonWriter _json = new(Stream.Null, new JsonWriterOptions { SkipValidation = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

        public async Task WriteAsync(IReadOnlyList<StoredEvent> events, long end, CancellationToken cancellationToken)
        {
            await _turn.WaitAsync(cancellationToken);
            try
            {
                foreach (var item in events)
                {
                    if (item.SequenceNumber >= end || (deviceId is not null && item.Device.DeviceId != deviceId))
                    {
                        continue;
                    }

                    _json.Reset(_buffer);
                    EventJson.Write(_json, LineOf(item));
                    _json.Flush();
                    _buffer.Write("\n"u8);
                    if (_buffer.WrittenCount >= FlushBytes)
                    {
                        await FlushAsync(cancellationToken);
                    }
                }

                await FlushAsync(cancellationToken);
            }
            finally
            {
                _turn.Release();
            }
        }

        public void Dispose()
        {
            _turn.Dispose();
            _json.Dispose();
        }

        private static EventLine LineOf(StoredEvent item) => new()
        {
            Partition = item.Partition,
            SequenceNumber = item.SequenceNumber,
            Offset = item.Offset.ToString(CultureInfo.InvariantCulture),
            EnqueuedTime = item.Enqueued,
            DeviceId = item.Device.DeviceId,
            ModuleId = item.Device.ModuleId,
            Source = item.Source,
            AuthMethod = item.AuthMethod,
            GenerationId = item.GenerationId,
            Properties = item.Properties,
            Body = item.Body,
        };

        private async ValueTask FlushAsync(CancellationToken cancellationToken)
        {
            if (_buffer.WrittenCount > 0)
            {
                await output.WriteAsync(_buffer.WrittenMemory, cancellationToken);
                _buffer.ResetWrittenCount();
            }
        }
    }
}
