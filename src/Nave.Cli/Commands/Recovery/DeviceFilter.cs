using System.Buffers;
using System.Text.Json;
using Nave.Api;
using Nave.Hub.Queries;

namespace Nave.Cli.Commands;

/// <summary><c>--where</c>: a condition of the query language on devices that come as lines of an export.</summary>
internal static class DeviceFilter
{
    /// <summary>Makes the filter.</summary>
    /// <returns><see langword="null"/> for no condition.</returns>
    /// <exception cref="CliException">The condition is wrong; the message names the place.</exception>
    public static Func<ExportImportDevice, bool>? Parse(string? where)
    {
        if (string.IsNullOrWhiteSpace(where))
        {
            return null;
        }

        if (!RowCondition.TryParse(where, out var condition, out var error))
        {
            throw new CliException($"--where: {error.Message}", ExitCodes.Usage);
        }

        var buffer = new ArrayBufferWriter<byte>(4096);
        return line =>
        {
            buffer.ResetWrittenCount();
            WriteRow(buffer, line);
            return condition.Matches(buffer.WrittenMemory);
        };
    }

    // As a twin has it.
    private static void WriteRow(ArrayBufferWriter<byte> buffer, ExportImportDevice line)
    {
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        json.WriteString("deviceId", line.Id);
        json.WriteString("etag", line.TwinETag);
        json.WriteString("deviceEtag", line.ETag);
        json.WriteString("status", line.Status == DeviceStatus.Disabled ? "disabled" : "enabled");
        Text(json, "statusReason", line.StatusReason);
        json.WriteString("authenticationType", WireNames.Of(line.Authentication?.EffectiveType ?? AuthenticationType.Sas));
        json.WriteStartObject("capabilities");
        json.WriteBoolean("iotEdge", line.Capabilities is { IotEdge: true });
        json.WriteEndObject();
        Text(json, "deviceScope", line.DeviceScope);
        Raw(json, "tags", line.Tags);
        json.WriteStartObject("properties");
        Raw(json, "desired", line.Properties?.Desired ?? default);
        Raw(json, "reported", line.Properties?.Reported ?? default);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Text(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }

    private static void Raw(Utf8JsonWriter json, string name, RawJson value)
    {
        if (!value.IsUndefined && !value.IsNull)
        {
            json.WritePropertyName(name);
            json.WriteRawValue(value.Utf8.Span, skipInputValidation: true);
        }
    }
}
