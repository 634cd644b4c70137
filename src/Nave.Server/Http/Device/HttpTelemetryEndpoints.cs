using System.Collections.Concurrent;
using System.Text.Json;
using Nave.Api;
using Nave.Hub;
using Nave.Hub.Security;
using Nave.Hub.Telemetry;
using Nave.Storage;

namespace Nave.Server.Http.Device;

/// <summary>Device-to-cloud events over HTTPS, one or a batch. 204 means that all of them are durable.</summary>
internal sealed class HttpTelemetryEndpoints
{
    /// <summary>The content type of a batch.</summary>
    private const string BatchType = "application/vnd.microsoft.iothub.json";

    // Base64 and JSON make a batch of 256 KiB larger on the wire.
    private const int MaxBatchBytes = 512 * 1024;

    private readonly ConcurrentDictionary<IotHub, SharedAppender> _appenders = new();

    public static void Map(HubRoutes routes)
    {
        var endpoints = new HttpTelemetryEndpoints();
        routes.Device("POST", "/devices/{deviceId}/messages/events", endpoints.SendAsync);
        routes.Device("POST", "/devices/{deviceId}/modules/{moduleId}/messages/events", endpoints.SendAsync);
    }

    private async Task SendAsync(HubRequest request, DevicePrincipal device)
    {
        var isBatch = request.Context.Request.ContentType?.StartsWith(BatchType, StringComparison.OrdinalIgnoreCase) == true;
        var body = await request.ReadBodyAsync(isBatch ? MaxBatchBytes : TelemetryIngest.MaxEventBytes);
        if (!body.IsSuccess)
        {
            await request.WriteErrorAsync(body.Error);
            return;
        }

        List<BatchEntry> entries;
        if (isBatch)
        {
            if (!TryReadBatch(body.Value, out entries, out var reason))
            {
                await request.WriteErrorAsync(new HubError(HubErrorCode.IotHubFormatError, reason));
                return;
            }
        }
        else
        {
            entries = [new BatchEntry(MessageHeaders.Read(request.Context.Request.Headers), body.Value)];
        }

        var error = await AppendAsync(request, device, entries);
        await (error is null ? request.NoContentAsync() : request.WriteErrorAsync(error));
    }

    private async Task<HubError?> AppendAsync(HubRequest request, DevicePrincipal device, List<BatchEntry> entries)
    {
        var size = entries.Sum(entry => (long)entry.Body.Length + entry.Properties.ContentBytes);
        if (size > TelemetryIngest.MaxEventBytes)
        {
            return TooLarge(size);
        }

        var appender = _appenders.GetOrAdd(request.Hub, static hub => new SharedAppender(hub.Telemetry));
        var durable = new DurableSignal(entries.Count);
        foreach (var entry in entries)
        {
            while (true)
            {
                var room = appender.NextBatch;
                var outcome = Stage(request.Hub, appender.Appender, device, entry, durable);
                if (outcome == AppendOutcome.Staged)
                {
                    break;
                }

                // The staging area is full: the next commit makes room.
                if (outcome == AppendOutcome.Busy)
                {
                    await room.WaitAsync(request.Aborted);
                    continue;
                }

                return Refused(outcome, size);
            }
        }

        return await durable.Task ? null : Refused(AppendOutcome.Unavailable, size);
    }

    private static AppendOutcome Stage(IotHub hub, ILogAppender appender, DevicePrincipal device, BatchEntry entry, DurableSignal durable) =>
        hub.Telemetry.TryAppend(
            appender, device, new EventDraft { Properties = entry.Properties.Written, Body = entry.Body.Span }, durable, 0);

    private static HubError Refused(AppendOutcome outcome, long size) => outcome switch
    {
        AppendOutcome.TooLarge => TooLarge(size),
        AppendOutcome.Throttled => new HubError(HubErrorCode.ThrottlingException, "The device or the hub is over the limit of its tier; send again later."),
        _ => new HubError(HubErrorCode.ServiceUnavailable, "The hub cannot store events now; the event was not stored."),
    };

    private static HubError TooLarge(long size) => new(
        HubErrorCode.MessageTooLarge, $"The message has {size} bytes with its properties; {TelemetryIngest.MaxEventBytes} are permitted.");

    /// <summary>Reads a batch.</summary>
    /// <param name="json">The body.</param>
    /// <param name="entries">The events.</param>
    /// <param name="reason">What is wrong with it.</param>
    internal static bool TryReadBatch(ReadOnlyMemory<byte> json, out List<BatchEntry> entries, out string reason)
    {
        entries = [];
        reason = string.Empty;
        try
        {
            using var document = JsonDocument.Parse(json);
            if (document.RootElement.ValueKind != JsonValueKind.Array || document.RootElement.GetArrayLength() == 0)
            {
                reason = "A batch is a JSON array of at least one {\"body\": …, \"properties\": {…}}.";
                return false;
            }

            foreach (var item in document.RootElement.EnumerateArray())
            {
                if (BatchEntry.TryRead(item, out var entry))
                {
                    entries.Add(entry);
                    continue;
                }

                reason = $"Entry {entries.Count} of the batch needs a string 'body' (base64 unless 'base64Encoded' is false) and string 'properties', {EventProperties.MaxCount} at most.";
                return false;
            }

            return true;
        }
        catch (JsonException e)
        {
            reason = $"The batch is not JSON: {HttpErrors.Describe(e)}";
            return false;
        }
        catch (InvalidOperationException)
        {
            // The reader's word for text that nobody could read back.
            reason = $"Entry {entries.Count} of the batch has a string that is no Unicode text.";
            return false;
        }
    }
}
