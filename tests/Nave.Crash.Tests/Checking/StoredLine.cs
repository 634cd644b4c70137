using System.Globalization;
using System.Text.Json;
using Nave.Crash.Tests.Load;

namespace Nave.Crash.Tests.Checking;

/// <summary>One event as it was read back.</summary>
internal sealed record StoredLine
{
    public required int Partition { get; init; }

    public required long SequenceNumber { get; init; }

    public required long Offset { get; init; }

    public required string DeviceId { get; init; }

    /// <summary>Gets what made it, such as <c>Telemetry</c>.</summary>
    public required string Source { get; init; }

    /// <summary>Gets what it tells; only in events of the hub itself.</summary>
    public string? Operation { get; init; }

    public string? GenerationId { get; init; }

    /// <summary>Gets what a telemetry event says about itself.</summary>
    public TelemetryBody? Telemetry { get; init; }

    /// <summary>Gets a value indicating whether a telemetry event is byte for byte what was sent.</summary>
    public bool IsIntact { get; init; } = true;

    /// <summary>Gets the body of an event that is not <see cref="Telemetry"/>.</summary>
    public JsonElement Body { get; init; }

    /// <summary>Gets what tells this event from others in its place; the same in each reading.</summary>
    public int Fingerprint { get; init; }

    /// <summary>Reads a line of the event stream.</summary>
    public static StoredLine Parse(string line)
    {
        using var document = JsonDocument.Parse(line);
        var root = document.RootElement;
        var system = root.GetProperty("systemProperties");
        var properties = root.GetProperty("properties");
        var body = root.TryGetProperty("body", out var json) ? json : default;
        var isTelemetry = TelemetryBody.TryReadFields(body, out var telemetry);
        return new StoredLine
        {
            Partition = root.GetProperty("partition").GetInt32(),
            SequenceNumber = root.GetProperty("sequenceNumber").GetInt64(),
            Offset = long.Parse(root.GetProperty("offset").GetString()!, CultureInfo.InvariantCulture),
            DeviceId = root.GetProperty("deviceId").GetString()!,
            Source = Text(system, "iothub-message-source") ?? "",
            Operation = Text(properties, "opType"),
            GenerationId = Text(system, "iothub-connection-auth-generation-id"),
            Telemetry = isTelemetry ? telemetry : null,
            IsIntact = !isTelemetry || telemetry.ToJson() == body.GetRawText(),
            Body = isTelemetry || body.ValueKind == JsonValueKind.Undefined ? default : body.Clone(),
            Fingerprint = line.GetHashCode(StringComparison.Ordinal),
        };
    }

    /// <inheritdoc/>
    public override string ToString() =>
        $"partition {Partition}, sequence {SequenceNumber}, offset {Offset}: {Source} {Operation} of {DeviceId} {Telemetry?.ToString() ?? (Body.ValueKind == JsonValueKind.Undefined ? "" : Body.GetRawText())}";

    private static string? Text(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
