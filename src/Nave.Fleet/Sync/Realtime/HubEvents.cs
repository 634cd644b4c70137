using System.Text.Json;
using Nave.Api;
using Nave.Client;
using Nave.Fleet.Sync.Work;

namespace Nave.Fleet.Sync.Realtime;

/// <summary>Tells what an event of a hub means for a registry synchronizer. Source: wire facts 14.</summary>
internal static class HubEvents
{
    /// <summary>What the queue calls this source.</summary>
    public const string Source = "events";

    private const int MaxDepth = 32;

    /// <summary>Reads an event.</summary>
    /// <returns><see langword="null"/> if it changes nothing that the external registry has: telemetry, modules, reported properties.</returns>
    public static WorkRequest? RequestOf(ReceivedEvent received)
    {
        var source = received.Source;
        if (source is not ("deviceLifecycleEvents" or "twinChangeEvents") || received.ModuleId is not null || received.Properties["moduleId"] is not null)
        {
            return null;
        }

        var deviceId = received.Properties["deviceId"] ?? received.DeviceId;
        if (!IdentityRules.IsValidId(deviceId))
        {
            return null;
        }

        var operation = received.Properties["opType"] switch
        {
            "createDeviceIdentity" => WorkOperation.Create,
            "deleteDeviceIdentity" => WorkOperation.Delete,
            "replaceTwin" => WorkOperation.Create,
            "updateTwin" when HasTags(received.Body) => WorkOperation.Create,
            _ => (WorkOperation?)null,
        };
        return operation is { } known ? new WorkRequest(deviceId!, known, Source) : null; // A valid id is one.
    }

    private static bool HasTags(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = MaxDepth });
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("tags", out _);
        }
        catch (JsonException)
        {
            // What cannot be read may have changed anything: the twin tells.
            return true;
        }
    }
}
