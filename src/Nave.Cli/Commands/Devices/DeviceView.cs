using System.Globalization;
using System.Text.Json;
using Nave.Api;
using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary>Identities as <c>devices show</c> and <c>devices update</c> write them: without keys.</summary>
internal static class DeviceView
{
    /// <summary>A value as the hub writes it: <c>selfSigned</c>, not <c>SelfSigned</c>.</summary>
    public static string Word<T>(T value)
        where T : struct, Enum
    {
        var name = value.ToString();
        return char.ToLowerInvariant(name[0]) + name[1..];
    }

    public static void Write(CliConsole console, OutputFormat format, DeviceIdentity identity)
    {
        // Keys are shown by the command that is asked for them.
        var authentication = identity.Authentication is { } given ? given with { SymmetricKey = null } : null;
        var json = JsonSerializer.Serialize(identity with { Authentication = authentication }, ApiJson.Wire.DeviceIdentity);
        var thumbprints = identity.Authentication?.X509Thumbprint;
        console.WriteOne(
            format,
            json,
            [
                ("deviceId", identity.DeviceId),
                ("moduleId", identity.ModuleId),
                ("status", Word(identity.Status)),
                ("statusReason", identity.StatusReason),
                ("connectionState", identity.IsConnected ? "Connected" : "Disconnected"),
                ("connectionStateUpdatedTime", Time(identity.ConnectionStateUpdatedTime)),
                ("lastActivityTime", Time(identity.LastActivityTime)),
                ("authenticationType", Word(identity.Authentication?.EffectiveType ?? AuthenticationType.Sas)),
                ("primaryThumbprint", thumbprints?.PrimaryThumbprint),
                ("secondaryThumbprint", thumbprints?.SecondaryThumbprint),
                ("cloudToDeviceMessages", $"{identity.CloudToDeviceMessageCount}"),
                ("edge", identity.Capabilities?.IotEdge == true ? "yes" : null),
                ("managedBy", identity.ManagedBy),
                ("generationId", identity.GenerationId),
                ("etag", identity.ETag),
            ]);
    }

    private static string? Time(DateTimeOffset time) =>
        time == default ? null : time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
