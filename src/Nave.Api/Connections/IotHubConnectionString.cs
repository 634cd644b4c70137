using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Nave.Api;

/// <summary>
/// Where a hub is and who connects: <c>HostName=…;DeviceId=…[;ModuleId=…];SharedAccessKey=…</c> for a device or module,
/// <c>HostName=…;SharedAccessKeyName=…;SharedAccessKey=…</c> for a service.
/// </summary>
public sealed record IotHubConnectionString
{
    /// <summary>Gets the hub's host name.</summary>
    public required string HostName { get; init; }

    /// <summary>Gets the device id; <see langword="null"/> for a service.</summary>
    public string? DeviceId { get; init; }

    /// <summary>Gets the module id.</summary>
    public string? ModuleId { get; init; }

    /// <summary>Gets the policy's name.</summary>
    public string? SharedAccessKeyName { get; init; }

    /// <summary>Gets the key: base64. Secret.</summary>
    public string? SharedAccessKey { get; init; }

    /// <summary>Gets a token that was made before. Secret.</summary>
    public string? SharedAccessSignature { get; init; }

    /// <summary>Gets a value indicating whether the device proves itself by certificate.</summary>
    public bool UsesX509 { get; init; }

    /// <summary>Gets the host to connect to in place of the hub, such as an edge gateway.</summary>
    public string? GatewayHostName { get; init; }

    /// <summary>Gets the device or module; only meaningful if <see cref="DeviceId"/> is set.</summary>
    public IdentityId Id => new(DeviceId ?? string.Empty, ModuleId);

    /// <summary>Reads a connection string.</summary>
    /// <exception cref="FormatException">A part is missing or malformed; the message names it and never quotes a key.</exception>
    public static IotHubConnectionString Parse(string text) => TryParse(text, out var value, out var error) ? value : throw new FormatException(error);

    /// <summary>Reads a connection string.</summary>
    /// <param name="text">The text.</param>
    /// <param name="value">The parts.</param>
    /// <param name="error">Which part is missing or malformed; never quotes a key.</param>
    public static bool TryParse(
        string? text, [NotNullWhen(true)] out IotHubConnectionString? value, [NotNullWhen(false)] out string? error)
    {
        value = null;
        var parts = ConnectionStringParts.Parse(text ?? string.Empty, out error);
        if (error is null && parts.ContainsKey("Endpoint"))
        {
            error = "This is an Event Hubs connection string (it has Endpoint); one with HostName is needed.";
        }

        error ??= Check(parts) ?? ConnectionStringParts.CheckKey(parts.GetValueOrDefault("SharedAccessKey"));
        if (error is not null)
        {
            return false;
        }

        value = new IotHubConnectionString
        {
            HostName = parts["HostName"],
            DeviceId = parts.GetValueOrDefault("DeviceId"),
            ModuleId = parts.GetValueOrDefault("ModuleId"),
            SharedAccessKeyName = parts.GetValueOrDefault("SharedAccessKeyName"),
            SharedAccessKey = parts.GetValueOrDefault("SharedAccessKey"),
            SharedAccessSignature = parts.GetValueOrDefault("SharedAccessSignature"),
            UsesX509 = IsTrue(parts.GetValueOrDefault("x509")),
            GatewayHostName = parts.GetValueOrDefault("GatewayHostName"),
        };
        return true;
    }

    /// <summary>Returns the connection string with its secrets left out.</summary>
    public override string ToString() => ToString(includeSecrets: false);

    /// <summary>Returns the connection string.</summary>
    /// <param name="includeSecrets">Whether key and token are written; otherwise <c>***</c> stands for them.</param>
    public string ToString(bool includeSecrets)
    {
        var text = new StringBuilder();
        Append(text, "HostName", HostName);
        Append(text, "DeviceId", DeviceId);
        Append(text, "ModuleId", ModuleId);
        Append(text, "SharedAccessKeyName", SharedAccessKeyName);
        Append(text, "SharedAccessKey", includeSecrets || SharedAccessKey is null ? SharedAccessKey : "***");
        Append(text, "SharedAccessSignature", includeSecrets || SharedAccessSignature is null ? SharedAccessSignature : "***");
        Append(text, "x509", UsesX509 ? "true" : null);
        Append(text, "GatewayHostName", GatewayHostName);
        return text.ToString();
    }

    private static string? Check(Dictionary<string, string> parts)
    {
        if (string.IsNullOrEmpty(parts.GetValueOrDefault("HostName")))
        {
            return "The connection string has no HostName.";
        }

        var hasKey = !string.IsNullOrEmpty(parts.GetValueOrDefault("SharedAccessKey"));
        var hasToken = !string.IsNullOrEmpty(parts.GetValueOrDefault("SharedAccessSignature"));
        var x509 = IsTrue(parts.GetValueOrDefault("x509"));
        if (!hasKey && !hasToken && !x509)
        {
            return "The connection string has neither SharedAccessKey nor SharedAccessSignature nor x509=true.";
        }

        var isDevice = !string.IsNullOrEmpty(parts.GetValueOrDefault("DeviceId"));
        if (!isDevice && parts.ContainsKey("ModuleId"))
        {
            return "The connection string has a ModuleId but no DeviceId.";
        }

        return !isDevice && string.IsNullOrEmpty(parts.GetValueOrDefault("SharedAccessKeyName"))
            ? "The connection string has neither DeviceId (for a device) nor SharedAccessKeyName (for a service)."
            : null;
    }

    private static bool IsTrue(string? text) => string.Equals(text, "true", StringComparison.OrdinalIgnoreCase);

    private static void Append(StringBuilder text, string name, string? value)
    {
        if (value is not null)
        {
            text.Append(text.Length == 0 ? string.Empty : ";").Append(name).Append('=').Append(value);
        }
    }
}
