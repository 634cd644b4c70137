using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Nave.Api;

namespace Nave.Hub.Devices;

/// <summary>Makes records from what a caller asks for: fills in keys, etags, scopes, and says what is not permitted.</summary>
internal static class IdentityBuilder
{
    /// <summary>What the scope of an edge device begins with; its id, a hyphen and its generation follow.</summary>
    public const string ScopePrefix = "ms-azure-iot-edge://";

    /// <summary>Who manages the modules that edge devices run.</summary>
    public const string EdgeManager = "iotEdge";

    private const int KeyBytes = 32;

    /// <summary>Gets the modules that an edge device has from the start.</summary>
    public static IReadOnlyList<string> EdgeModules { get; } = ["$edgeAgent", "$edgeHub"];

    /// <summary>Makes a new identity. The caller has checked ids, keys and thumbprints, and that a leaf's scope exists.</summary>
    /// <param name="wanted">What it is to be.</param>
    /// <param name="generation">Which life of the id it is.</param>
    /// <param name="isRestored">Whether it was exported once: then it keeps its etag and, as an edge device, the scope that others name.</param>
    public static HubResult<IdentityRecord> Create(DeviceIdentity wanted, long generation, bool isRestored = false)
    {
        var authentication = wanted.Authentication;
        var generationId = generation.ToString(CultureInfo.InvariantCulture);
        var record = new IdentityRecord
        {
            Id = wanted.Id,
            GenerationId = generationId,
            Etag = NewEtag(),
            Status = wanted.ModuleId is null ? wanted.Status : DeviceStatus.Enabled,
            StatusReason = wanted.ModuleId is null ? wanted.StatusReason : null,
            ManagedBy = wanted.ModuleId is null ? null : wanted.ManagedBy,
        };
        var isEdge = wanted.ModuleId is null && wanted.Capabilities is { IotEdge: true };
        record = isRestored ? WithEtagOf(wanted, record) : record;
        if (isEdge && isRestored && wanted.DeviceScope is { } scope && TryParseScope(scope, out var owner) && owner == wanted.DeviceId)
        {
            record = record with { IotEdge = true, DeviceScope = scope };
        }

        var withScope = WithScope(record, wanted, isEdge);
        return withScope.IsSuccess ? WithAuthentication(withScope.Value, authentication ?? new DeviceAuthentication()) : withScope;
    }

    /// <summary>Gives a record the etag that it had when it was exported, if the line has one.</summary>
    public static IdentityRecord WithEtagOf(DeviceIdentity wanted, IdentityRecord record) =>
        IsEtag(wanted.ETag) ? record with { Etag = wanted.ETag! } : record; // It is one, so there is one.

    /// <summary>Makes a module that the hub itself creates with an edge device.</summary>
    public static IdentityRecord CreateEdgeModule(string deviceId, string moduleId, long generation) => new()
    {
        Id = new IdentityId(deviceId, moduleId),
        GenerationId = generation.ToString(CultureInfo.InvariantCulture),
        Etag = NewEtag(),
        ManagedBy = EdgeManager,
        PrimaryKey = RandomNumberGenerator.GetBytes(KeyBytes),
        SecondaryKey = RandomNumberGenerator.GetBytes(KeyBytes),
    };

    /// <summary>
    /// Makes what an identity becomes when it is replaced. What a body leaves out of authentication, capabilities and scope stays:
    /// a client that sends a device back without its keys does not mean to lose them.
    /// </summary>
    public static HubResult<IdentityRecord> Update(IdentityRecord current, DeviceIdentity wanted, DateTimeOffset now)
    {
        var isModule = current.Id.IsModule;
        var record = current with
        {
            Etag = NewEtag(current.Etag),
            Status = isModule ? current.Status : wanted.Status,
            StatusReason = isModule ? null : wanted.StatusReason,
            StatusUpdated = isModule || wanted.Status == current.Status ? current.StatusUpdated : now,
            ManagedBy = isModule ? wanted.ManagedBy ?? current.ManagedBy : null,
        };
        var withScope = WithScope(record, wanted, !isModule && (wanted.Capabilities?.IotEdge ?? current.IotEdge));
        return !withScope.IsSuccess || wanted.Authentication is null ? withScope : WithAuthentication(withScope.Value, wanted.Authentication);
    }

    /// <summary>Reads the device that a scope names.</summary>
    /// <returns><see langword="false"/> if the text is not a scope.</returns>
    public static bool TryParseScope(string scope, out string deviceId)
    {
        deviceId = "";
        var hyphen = scope.LastIndexOf('-');
        if (!scope.StartsWith(ScopePrefix, StringComparison.Ordinal) || hyphen <= ScopePrefix.Length)
        {
            return false;
        }

        deviceId = scope[ScopePrefix.Length..hyphen];
        return IdentityRules.IsValidId(deviceId);
    }

    private static HubResult<IdentityRecord> WithScope(IdentityRecord record, DeviceIdentity wanted, bool iotEdge)
    {
        // A list in JSON may hold null, whatever its type says.
        if (wanted.ParentScopes?.Any(scope => scope is null) == true)
        {
            return new HubError(HubErrorCode.ArgumentInvalid, "parentScopes has an item that is null; strings are needed.");
        }

        if (record.Id.IsModule)
        {
            return record;
        }

        if (!iotEdge)
        {
            var leafScope = string.IsNullOrEmpty(wanted.DeviceScope) ? null : wanted.DeviceScope;
            return record with
            {
                IotEdge = false,
                DeviceScope = leafScope,
                ParentScopes = wanted.ParentScopes is { Count: > 0 } parents ? parents : leafScope is null ? null : [leafScope],
            };
        }

        // An edge device opens its own scope: it can be sent back, not changed.
        var own = record is { IotEdge: true, DeviceScope: { } opened } ? opened : $"{ScopePrefix}{record.Id.DeviceId}-{record.GenerationId}";
        if (!string.IsNullOrEmpty(wanted.DeviceScope) && wanted.DeviceScope != own && record.IotEdge)
        {
            return new HubError(HubErrorCode.InvalidDeviceScope, $"The scope of the edge device '{record.Id.DeviceId}' is '{own}' and cannot be changed.");
        }

        return record with { IotEdge = true, DeviceScope = own, ParentScopes = wanted.ParentScopes ?? record.ParentScopes ?? [] };
    }

    private static HubResult<IdentityRecord> WithAuthentication(IdentityRecord record, DeviceAuthentication authentication)
    {
        var type = authentication.EffectiveType;
        var keys = authentication.SymmetricKey;
        var thumbprints = authentication.X509Thumbprint;
        switch (type)
        {
            case AuthenticationType.Sas:
                return record with
                {
                    Type = type,
                    PrimaryKey = KeyOf(keys?.PrimaryKey, record.PrimaryKey),
                    SecondaryKey = KeyOf(keys?.SecondaryKey, record.SecondaryKey),
                    PrimaryThumbprint = null,
                    SecondaryThumbprint = null,
                };
            case AuthenticationType.SelfSigned:
                var primary = TextOf(thumbprints?.PrimaryThumbprint);
                var secondary = TextOf(thumbprints?.SecondaryThumbprint);
                if (primary is null && secondary is null)
                {
                    return new HubError(HubErrorCode.ArgumentInvalid, "An identity of the type selfSigned needs a primaryThumbprint or a secondaryThumbprint.");
                }

                return record with { Type = type, PrimaryKey = [], SecondaryKey = [], PrimaryThumbprint = primary, SecondaryThumbprint = secondary };
            default:
                return record with { Type = type, PrimaryKey = [], SecondaryKey = [], PrimaryThumbprint = null, SecondaryThumbprint = null };
        }
    }

    // Base64 of at most 48 bytes: what a hub writes, and nothing that could not stand in a header.
    private static bool IsEtag(string? text) => text is { Length: > 0 and <= 64 } && Convert.TryFromBase64String(text, stackalloc byte[48], out _);

    private static byte[] KeyOf(string? given, byte[] current) =>
        !string.IsNullOrEmpty(given) ? Convert.FromBase64String(given)
        : current.Length > 0 ? current
        : RandomNumberGenerator.GetBytes(KeyBytes);

    private static string? TextOf(string? given) => string.IsNullOrEmpty(given) ? null : given;

    /// <summary>Makes an etag in the service's form: base64 of a decimal random number; never the one before.</summary>
    private static string NewEtag(string? before = null)
    {
        while (true)
        {
            var number = Random.Shared.NextInt64(1, 1L << 32).ToString(CultureInfo.InvariantCulture);
            var etag = Convert.ToBase64String(Encoding.ASCII.GetBytes(number));
            if (etag != before)
            {
                return etag;
            }
        }
    }
}
