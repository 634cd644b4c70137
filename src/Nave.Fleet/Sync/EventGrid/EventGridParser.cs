using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using Nave.Api;

namespace Nave.Fleet.Sync.EventGrid;

/// <summary>
/// Reads the body of a delivery of Azure Event Grid, in its own schema or as CloudEvents 1.0, one event or an array. What kind an event is
/// its <c>eventType</c> (<c>type</c>) says. Each event is read by itself: a bad one does not hide the others.
/// </summary>
internal static class EventGridParser
{
    /// <summary>The most bytes of a body. Event Grid sends 1 MB at most.</summary>
    public const int MaxBodyBytes = 2 * 1024 * 1024;

    /// <summary>The most events of a body. Event Grid sends 5,000 at most.</summary>
    public const int MaxEvents = 5000;

    // Enough for twins (10 levels) in events in an array.
    private const int MaxDepth = 32;
    private const int MaxValidationCode = 512;
    private const string Validation = "Microsoft.EventGrid.SubscriptionValidationEvent";
    private const string Created = "Microsoft.Devices.DeviceCreated";
    private const string Deleted = "Microsoft.Devices.DeviceDeleted";
    private const string SubjectPrefix = "devices/";

    /// <summary>Reads a body.</summary>
    /// <param name="body">The bytes.</param>
    /// <param name="batch">What it holds.</param>
    /// <param name="problem">Why it is no delivery at all.</param>
    public static bool TryParse(
        ReadOnlyMemory<byte> body, [NotNullWhen(true)] out EventGridBatch? batch, [NotNullWhen(false)] out string? problem)
    {
        (batch, problem) = (null, null);
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = MaxDepth });
        }
        catch (JsonException)
        {
            problem = string.Create(CultureInfo.InvariantCulture, $"The body is not JSON of at most {MaxDepth} levels.");
            return false;
        }

        using (document)
        {
            var root = document.RootElement;
            switch (root.ValueKind)
            {
                case JsonValueKind.Object:
                    batch = Read([root]);
                    return true;
                case JsonValueKind.Array when root.GetArrayLength() <= MaxEvents:
                    batch = Read(root.EnumerateArray());
                    return true;
                case JsonValueKind.Array:
                    problem = string.Create(CultureInfo.InvariantCulture, $"The body has {root.GetArrayLength()} events; {MaxEvents} at most are permitted.");
                    return false;
                default:
                    problem = "The body is neither an event nor an array of events.";
                    return false;
            }
        }
    }

    private static EventGridBatch Read(IEnumerable<JsonElement> elements)
    {
        var events = new List<GridEvent>();
        var problems = new List<string>();
        string? validationCode = null;
        var index = 0;
        foreach (var element in elements)
        {
            if (TryReadEvent(element, out var gridEvent, out var code, out var problem))
            {
                validationCode ??= code;
                if (code is null)
                {
                    events.Add(gridEvent);
                }
            }
            else
            {
                problems.Add(string.Create(CultureInfo.InvariantCulture, $"Event {index}: {problem}"));
            }

            index++;
        }

        return new EventGridBatch(events, problems, validationCode);
    }

    private static bool TryReadEvent(JsonElement element, out GridEvent gridEvent, out string? validationCode, out string problem)
    {
        (gridEvent, validationCode, problem) = (default, null, string.Empty);
        if (element.ValueKind != JsonValueKind.Object)
        {
            problem = "it is no object.";
            return false;
        }

        if ((Text(element, "eventType") ?? (Text(element, "specversion") is null ? null : Text(element, "type"))) is not { } type)
        {
            problem = "it has neither an eventType nor a specversion with a type.";
            return false;
        }

        var data = element.TryGetProperty("data", out var found) && found.ValueKind == JsonValueKind.Object ? found : default;
        if (type.Equals(Validation, StringComparison.OrdinalIgnoreCase))
        {
            validationCode = data.ValueKind == JsonValueKind.Object ? Text(data, "validationCode") : null;
            problem = "it is a validation without a code.";
            return validationCode is { Length: > 0 and <= MaxValidationCode };
        }

        var kind = type.Equals(Created, StringComparison.OrdinalIgnoreCase) ? GridEventKind.DeviceCreated
            : type.Equals(Deleted, StringComparison.OrdinalIgnoreCase) ? GridEventKind.DeviceDeleted
            : GridEventKind.Other;
        var hasData = data.ValueKind == JsonValueKind.Object;
        if (kind == GridEventKind.Other || (hasData && Text(data, "moduleId") is { Length: > 0 }))
        {
            gridEvent = new GridEvent(GridEventKind.Other, string.Empty, null);
            return true;
        }

        var deviceId = (hasData ? Text(data, "deviceId") : null) ?? IdOf(Text(element, "subject"));
        if (!IdentityRules.IsValidId(deviceId))
        {
            problem = "it names no device whose id is valid.";
            return false;
        }

        gridEvent = new GridEvent(kind, deviceId!, hasData ? Text(data, "hubName") : null); // A valid id is one.
        return true;
    }

    private static string? IdOf(string? subject) =>
        subject is not null && subject.StartsWith(SubjectPrefix, StringComparison.OrdinalIgnoreCase) ? subject[SubjectPrefix.Length..] : null;

    private static string? Text(JsonElement element, string name)
    {
        if (!element.TryGetProperty(name, out var value) || value.ValueKind != JsonValueKind.String)
        {
            return null;
        }

        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair is no text.
            return null;
        }
    }
}
