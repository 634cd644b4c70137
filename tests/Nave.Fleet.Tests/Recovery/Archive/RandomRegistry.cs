using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Nave.Api;
using Nave.Client;

namespace Nave.Fleet.Tests.Recovery.Archive;

/// <summary>A registry that is made of a seed: all kinds of identities, twins with odd values, configurations that apply to nobody.</summary>
internal sealed class RandomRegistry
{
    private static readonly string[] s_values =
        ["1", "-0.5", "4503599627370495", "1.5e10", "2.50", "true", "false", "\"\"", "\"naïve ☃ \\\" \\\\\"", "[]", "[1,[2,{\"a\":null}]]", "{}", "{\"b\":{\"c\":\"d\"}}"];

    private readonly Random _random;

    public RandomRegistry(int seed)
    {
        _random = new Random(seed);
        var edges = Enumerable.Range(0, _random.Next(3)).Select(i => $"edge-{i}").ToArray();
        var devices = Enumerable.Range(0, _random.Next(1, 7)).Select(i => $"{"d:D.x%"[_random.Next(6)]}{i}").ToArray();
        foreach (var id in edges)
        {
            // Each is the child of the one before it, or of nobody.
            var parent = id != edges[0] && _random.Next(2) == 0 ? edges[Array.IndexOf(edges, id) - 1] : null;
            Add(id, null, isEdge: true, parent);
        }

        foreach (var id in devices)
        {
            Add(id, null, isEdge: false, edges.Length > 0 && _random.Next(2) == 0 ? edges[_random.Next(edges.Length)] : null);
        }

        foreach (var id in (string[])[.. edges, .. devices])
        {
            for (var i = _random.Next(3); i > 0; i--)
            {
                Add(id, $"m{i}", isEdge: false, null);
            }
        }

        Configurations = [.. Enumerable.Range(0, _random.Next(3)).Select(ConfigurationOf)];
    }

    public List<ExportImportDevice> Lines { get; } = [];

    public IReadOnlyList<Api.Configuration> Configurations { get; }

    public static async Task ClearAsync(ServiceClient hub, CancellationToken cancellationToken)
    {
        var lines = new List<ExportImportDevice>();
        await foreach (var line in hub.ReadRegistryAsync(withKeys: false, null, cancellationToken))
        {
            if (string.IsNullOrEmpty(line.ModuleId))
            {
                lines.Add(new ExportImportDevice { Id = line.Id, ImportMode = ImportMode.Delete });
            }
        }

        if (lines.Count > 0)
        {
            await hub.WriteRegistryAsync(lines, cancellationToken);
        }

        foreach (var one in await hub.ListConfigurationsAsync(100, cancellationToken))
        {
            await hub.DeleteConfigurationAsync(one.Id!, null, cancellationToken);
        }

        Assert.Equal(0, (await hub.GetStatisticsAsync(cancellationToken)).TotalDeviceCount);
    }

    private static string Scope(string id) => $"ms-azure-iot-edge://{id}-638000000000000000";

    private void Add(string id, string? module, bool isEdge, string? parent) => Lines.Add(new ExportImportDevice
    {
        Id = id,
        ModuleId = module,
        ImportMode = ImportMode.CreateOrUpdate,
        Status = module is null && _random.Next(3) == 0 ? DeviceStatus.Disabled : DeviceStatus.Enabled,
        StatusReason = module is null && _random.Next(3) == 0 ? "because ☃" : null,
        Authentication = Authentication(),
        Tags = RawJson.Parse(Object()),
        Properties = new TwinSections { Desired = RawJson.Parse(Object()), Reported = RawJson.Parse(Object()) },
        Capabilities = module is null ? new DeviceCapabilities { IotEdge = isEdge } : null,
        ManagedBy = module is not null && _random.Next(2) == 0 ? "someone" : null,
        DeviceScope = isEdge ? Scope(id) : parent is null ? null : Scope(parent),
        ParentScopes = parent is null ? null : [Scope(parent)],
    });

    private DeviceAuthentication Authentication() => _random.Next(4) switch
    {
        0 => new() { Type = AuthenticationType.CertificateAuthority },
        1 => new()
        {
            Type = AuthenticationType.SelfSigned,
            X509Thumbprint = new X509Thumbprints { PrimaryThumbprint = Thumbprint(), SecondaryThumbprint = _random.Next(2) == 0 ? Thumbprint() : null },
        },
        _ => new() { Type = AuthenticationType.Sas, SymmetricKey = new SymmetricKeys { PrimaryKey = Key(), SecondaryKey = Key() } },
    };

    private string Thumbprint()
    {
        var bytes = new byte[_random.Next(2) == 0 ? SHA1.HashSizeInBytes : SHA256.HashSizeInBytes];
        _random.NextBytes(bytes);
        return Convert.ToHexString(bytes);
    }

    private string Key()
    {
        var bytes = new byte[_random.Next(16, 65)];
        _random.NextBytes(bytes);
        return Convert.ToBase64String(bytes);
    }

    private string Object() => "{" + string.Join(',', Enumerable.Range(0, _random.Next(4)).Select(
        i => string.Create(CultureInfo.InvariantCulture, $"\"{"aZ_é-"[_random.Next(5)]}{i}\":{s_values[_random.Next(s_values.Length)]}"))) + "}";

    private Api.Configuration ConfigurationOf(int number) => new()
    {
        Id = $"c{number}",
        TargetCondition = $"tags.never = {number}",
        Priority = _random.Next(100),
        Labels = _random.Next(2) == 0 ? new Dictionary<string, string> { ["label"] = JsonSerializer.Serialize(_random.Next()) } : null,
        Content = new ConfigurationContent { DeviceContent = new Dictionary<string, RawJson> { ["properties.desired.x"] = RawJson.Parse(s_values[_random.Next(s_values.Length)]) } },
        Metrics = _random.Next(2) == 0 ? new ConfigurationMetrics { Queries = new Dictionary<string, string> { ["q"] = "SELECT deviceId FROM devices" } } : null,
    };
}
