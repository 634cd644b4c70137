using Nave.Api;
using Nave.Client;

namespace Nave.Cli.Commands;

/// <summary>The provisioning service of an export or import.</summary>
internal static class BackupTarget
{
    /// <summary>Opens it where the hub is reached.</summary>
    /// <returns><see langword="null"/> if none is named.</returns>
    /// <exception cref="CliException">The connection string is malformed.</exception>
    public static ProvisioningServiceClient? OpenProvisioning(string? text, HubTarget hub)
    {
        if (text is null)
        {
            return null;
        }

        var value = text.StartsWith('@') ? File.ReadAllText(text[1..]).Trim() : text;
        return IotHubConnectionString.TryParse(value, out var connection, out var error)
            ? (hub with { Connection = connection }).CreateProvisioning()
            : throw new CliException($"--dps-connection-string: {error}", ExitCodes.Usage);
    }
}
