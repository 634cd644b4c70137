using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Nave.Api;
using Nave.Client;
using Nave.Fleet.Replication.Documents;

namespace Nave.Fleet.Replication.Events;

/// <summary>Reads the events that a hub makes when an identity or a twin changes. Source of their form: docs/formats/events.md.</summary>
internal static class TwinEventReader
{
    private static readonly JsonDocumentOptions s_options = new() { AllowDuplicateProperties = false };

    /// <summary>Tells whether an event is of a source that changes documents; telemetry and connection events are not.</summary>
    public static bool IsWanted(ReceivedEvent received) =>
        received.Source is "twinChangeEvents" or "deviceLifecycleEvents" or "moduleLifecycleEvents";

    /// <summary>Reads an event of such a source.</summary>
    /// <param name="received">The event.</param>
    /// <param name="value">What it says; the caller disposes of it.</param>
    /// <param name="problem">Why it cannot be read; without anything of its body.</param>
    public static bool TryRead(ReceivedEvent received, [NotNullWhen(true)] out TwinEvent? value, [NotNullWhen(false)] out string? problem)
    {
        value = null;
        var properties = received.Properties;
        var operation = properties["opType"];
        if (KindOf(operation) is not { } kind)
        {
            problem = $"opType is '{operation}'; an event of {received.Source} that this version does not know.";
            return false;
        }

        var device = received.DeviceId ?? properties["deviceId"];
        var module = received.ModuleId ?? properties["moduleId"];
        if (string.IsNullOrEmpty(device))
        {
            problem = "it names no device.";
            return false;
        }

        JsonDocument? body = null;
        try
        {
            body = JsonDocument.Parse(received.Body, s_options);
            problem = ProblemOf(body.RootElement, kind, out var version);
            if (problem is not null)
            {
                body.Dispose();
                return false;
            }

            value = new TwinEvent(body)
            {
                Key = new IdentityId(device, string.IsNullOrEmpty(module) ? null : module),
                Kind = kind,
                Operation = operation!, // Known, or there was no kind.
                Time = HubTimes.Cut(WireTime.TryParse(properties["operationTimestamp"], out var time) ? time : received.EnqueuedTime),
                GenerationId = string.IsNullOrEmpty(received.GenerationId) ? null : received.GenerationId,
                Version = version,
                Source = received,
            };
            return true;
        }
        catch (JsonException e)
        {
            body?.Dispose();
            problem = $"its body is not JSON (line {e.LineNumber}, byte {e.BytePositionInLine}).";
            return false;
        }
    }

    private static TwinEventKind? KindOf(string? operation) => operation switch
    {
        "updateTwin" => TwinEventKind.Update,
        "replaceTwin" => TwinEventKind.Replace,
        "createDeviceIdentity" or "createModuleIdentity" => TwinEventKind.Create,
        "deleteDeviceIdentity" or "deleteModuleIdentity" => TwinEventKind.Delete,
        _ => null,
    };

    private static string? ProblemOf(JsonElement body, TwinEventKind kind, out long version)
    {
        version = 0;
        if (body.ValueKind != JsonValueKind.Object)
        {
            return $"its body is {body.ValueKind}; an object is needed.";
        }

        if (body.TryGetProperty("version", out var number))
        {
            if (number.ValueKind != JsonValueKind.Number || !number.TryGetInt64(out version) || version < 0)
            {
                return "its version is not a whole number from 0.";
            }
        }
        else if (kind != TwinEventKind.Delete)
        {
            return "it has no version.";
        }

        if (body.TryGetProperty("tags", out var tags) && tags.ValueKind is not (JsonValueKind.Object or JsonValueKind.Null))
        {
            return $"its tags are {tags.ValueKind}; an object is needed.";
        }

        if (body.TryGetProperty("properties", out var properties))
        {
            if (properties.ValueKind != JsonValueKind.Object)
            {
                return $"its properties are {properties.ValueKind}; an object is needed.";
            }

            foreach (var name in (ReadOnlySpan<string>)["desired", "reported"])
            {
                if (properties.TryGetProperty(name, out var section) && section.ValueKind is not (JsonValueKind.Object or JsonValueKind.Null))
                {
                    return $"its {name} properties are {section.ValueKind}; an object is needed.";
                }
            }
        }

        return null;
    }
}
