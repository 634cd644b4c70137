using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Nave.Crash.Tests.Load;

/// <summary>What an event of the suite says about itself. All of the body follows from it, so that a changed byte shows.</summary>
/// <param name="DeviceId">Who sent it.</param>
/// <param name="Ordinal">Which attempt of the device, from 0.</param>
/// <param name="Incarnation">On which connection.</param>
/// <param name="Sequence">Which event.</param>
/// <param name="Attempt">Which attempt to send that event.</param>
internal readonly record struct TelemetryBody(string DeviceId, int Ordinal, int Incarnation, int Sequence, int Attempt)
{
    private const int MaxFill = 400;

    /// <summary>Makes the body.</summary>
    public string ToJson()
    {
        // Different lengths, so that records do not fall on the same places of a page.
        var length = (int)((uint)Ordinal * 2654435761u % MaxFill);
        var fill = new string((char)('a' + (Sequence % 26)), length);
        return string.Create(
            CultureInfo.InvariantCulture,
            $$"""{"device":"{{DeviceId}}","ordinal":{{Ordinal}},"incarnation":{{Incarnation}},"sequence":{{Sequence}},"attempt":{{Attempt}},"fill":"{{fill}}"}""");
    }

    /// <summary>Makes the body as it is sent.</summary>
    public byte[] ToUtf8() => Encoding.UTF8.GetBytes(ToJson());

    /// <summary>Reads the fields of a body.</summary>
    /// <returns><see langword="false"/> if it is of another kind.</returns>
    public static bool TryReadFields(JsonElement json, out TelemetryBody body)
    {
        body = default;
        if (json.ValueKind != JsonValueKind.Object || !json.TryGetProperty("ordinal", out var ordinal))
        {
            return false;
        }

        body = new TelemetryBody(
            json.GetProperty("device").GetString()!,
            ordinal.GetInt32(),
            json.GetProperty("incarnation").GetInt32(),
            json.GetProperty("sequence").GetInt32(),
            json.GetProperty("attempt").GetInt32());
        return true;
    }
}
