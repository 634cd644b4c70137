using System.Security.Cryptography;
using System.Text.Json;
using Nave.Api;

namespace Nave.Fleet.Recovery;

/// <summary>Marks an identity: equal for equal status, authentication (keys included, as a hash only), capabilities and scopes.</summary>
internal static class IdentityMark
{
    private const int Bytes = 16;

    /// <summary>Marks the identity of a line.</summary>
    /// <param name="line">The line.</param>
    /// <param name="withKeys">Whether keys count; not where one side gives none.</param>
    public static string Of(ExportImportDevice line, bool withKeys)
    {
        var authentication = line.Authentication;
        var type = authentication?.EffectiveType ?? AuthenticationType.Sas;
        var marked = new ExportImportDevice
        {
            Status = line.Status ?? DeviceStatus.Enabled,
            StatusReason = string.IsNullOrEmpty(line.StatusReason) ? null : line.StatusReason,
            Authentication = new DeviceAuthentication
            {
                Type = type,
                SymmetricKey = withKeys && type == AuthenticationType.Sas ? authentication?.SymmetricKey : null,
                X509Thumbprint = type == AuthenticationType.SelfSigned ? authentication?.X509Thumbprint : null,
            },
            Capabilities = new DeviceCapabilities { IotEdge = line.Capabilities?.IotEdge ?? false },
            DeviceScope = EdgeScope.DeviceOf(line.DeviceScope),
            ParentScopes = line.ParentScopes is { Count: > 0 } parents ? [.. parents.Select(scope => EdgeScope.DeviceOf(scope)!)] : null,
            ManagedBy = string.IsNullOrEmpty(line.ManagedBy) ? null : line.ManagedBy,
        };
        return Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(marked, ApiJson.Wire.ExportImportDevice)).AsSpan(0, Bytes));
    }
}
