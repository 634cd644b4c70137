using System.Text.Json;
using Nave.Api;
using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary>The keys of a device or module, and what to connect it with.</summary>
internal sealed record DeviceKeys
{
    public required string DeviceId { get; init; }

    public string? ModuleId { get; init; }

    public required string Status { get; init; }

    public required string AuthenticationType { get; init; }

    public string? PrimaryKey { get; init; }

    public string? SecondaryKey { get; init; }

    public required string ConnectionString { get; init; }

    public string? Etag { get; init; }

    public static DeviceKeys Of(string hostName, DeviceIdentity identity)
    {
        var keys = identity.Authentication?.SymmetricKey;
        var key = string.IsNullOrEmpty(keys?.PrimaryKey) ? null : keys.PrimaryKey;
        var connection = new IotHubConnectionString
        {
            HostName = hostName,
            DeviceId = identity.DeviceId,
            ModuleId = identity.ModuleId,
            SharedAccessKey = key,
            UsesX509 = key is null,
        };
        return new DeviceKeys
        {
            DeviceId = identity.DeviceId,
            ModuleId = identity.ModuleId,
            Status = DeviceView.Word(identity.Status),
            AuthenticationType = DeviceView.Word(identity.Authentication?.EffectiveType ?? Api.AuthenticationType.Sas),
            PrimaryKey = key,
            SecondaryKey = string.IsNullOrEmpty(keys?.SecondaryKey) ? null : keys.SecondaryKey,
            ConnectionString = connection.ToString(includeSecrets: true),
            Etag = identity.ETag,
        };
    }

    /// <summary>Returns the name alone: keys never reach a log.</summary>
    public override string ToString() => new IdentityId(DeviceId, ModuleId).ToString();

    public void Write(CliConsole console, OutputFormat format) => console.WriteOne(
        format,
        JsonSerializer.Serialize(this, CliJson.Line.DeviceKeys),
        [
            ("deviceId", DeviceId),
            ("moduleId", ModuleId),
            ("status", Status),
            ("authenticationType", AuthenticationType),
            ("primaryKey", PrimaryKey),
            ("secondaryKey", SecondaryKey),
            ("connectionString", ConnectionString),
            ("etag", Etag),
        ]);
}
