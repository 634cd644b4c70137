using System.Text;
using System.Text.Json;
using Nave.Api;
using Nave.Client;
using Nave.Fleet.Recovery;
using Nave.Fleet.Recovery.Archive;
using Nave.Storage.Blobs;
using Nave.Testing;

namespace Nave.Fleet.Tests.Recovery.Archive;

public sealed class AzureFormatTests(TwoHubs server) : IClassFixture<TwoHubs>
{
    // Of the form that Azure's CLI writes: what it has of the hub, parents by id, modules that cannot connect, names in alphabetical order.
    private const string AzState = """
        {
            "arm": {"resources": [{"name": "hub", "devices": {"not": "a device"}}]},
            "configurations": {
                "admConfigurations": {
                    "slow": {
                        "content": {"deviceContent": {"properties.desired.slow": 60}}, "id": "slow", "labels": null, "metrics": {"queries": {}, "results": {}},
                        "priority": 10, "systemMetrics": {"queries": {}, "results": {}}, "targetCondition": "tags.never='x'"
                    }
                },
                "edgeDeployments": {}
            },
            "devices": {
                "leaf": {
                    "identity": {
                        "authentication": {"symmetricKey": {"primaryKey": "cHJpbWFyeS1wcmltYXJ5LXByaW1hcnk=", "secondaryKey": "c2Vjb25kYXJ5LXNlY29uZGFyeS1zZQ=="}, "type": "sas", "x509Thumbprint": {"primaryThumbprint": null, "secondaryThumbprint": null}},
                        "capabilities": {"iotEdge": false}, "connectionState": "Disconnected", "modelId": "", "status": "disabled", "statusReason": "stolen"
                    },
                    "modules": {
                        "m": {
                            "identity": {"authentication": {"symmetricKey": {"primaryKey": null, "secondaryKey": null}, "type": "certificateAuthority", "x509Thumbprint": {"primaryThumbprint": null, "secondaryThumbprint": null}}, "connectionState": "Disconnected"},
                            "twin": {"modelId": "", "properties": {"desired": {"test": 3}}, "status": "enabled", "tags": {"test": "4"}}
                        }
                    },
                    "parent": "z-edge",
                    "twin": {"properties": {"desired": {"deep": {"er": 1234567890123456}}}, "tags": {"site": "rome"}}
                },
                "z-edge": {
                    "identity": {"authentication": {"type": "selfSigned", "x509Thumbprint": {"primaryThumbprint": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "secondaryThumbprint": null}}, "capabilities": {"iotEdge": true}, "status": "enabled"},
                    "twin": {"properties": {"desired": {}}}
                }
            }
        }
        """;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Blobs_of_an_export_are_imported_and_exported_the_same()
    {
        using var folder = new TemporaryFolder();
        await using var hubs = await server.NewPairAsync();
        await hubs.FillAsync();
        await hubs.Source.CreateConfigurationAsync(HubPairUnderTest.ConfigurationOf("fast", "tags.never = 'x'"), Token);
        await ExportBlobsAsync(await hubs.OpenSourceAsync(), folder.File("a"));
        Assert.Equal(8, (await File.ReadAllLinesAsync(folder.File("a/devices.txt"), Token)).Length);
        Assert.Single(await File.ReadAllLinesAsync(folder.File("a/configurations.txt"), Token));

        using (var container = Open(folder.File("a")))
        using (var spooled = await SpooledArchive.OfBlobsAsync(container, Token))
        {
            var report = await new HubImport(spooled.OpenAsync, await hubs.OpenTargetAsync(), new BackupOptions()).RunAsync(null, false, Token);
            Assert.Equal((5L, 3L, 1L, 0L), (report.Devices, report.Modules, report.Configurations, report.Failed));
        }

        await hubs.SameAsync();
        await ExportBlobsAsync(await hubs.OpenTargetAsync(), folder.File("b"));
        Assert.Equal(await File.ReadAllTextAsync(folder.File("a/devices.txt"), Token), await File.ReadAllTextAsync(folder.File("b/devices.txt"), Token));

        // What is there is replaced only if that is said.
        await Assert.ThrowsAsync<BlobException>(() => ExportBlobsAsync(hubs.Source, folder.File("b"), replace: false));
        await ExportBlobsAsync(await hubs.OpenSourceAsync(), folder.File("b"));
    }

    [Fact]
    public async Task Lines_of_blobs_may_be_in_any_order_and_end_as_on_windows()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder.File("devices.txt"), "\uFEFF{\"id\":\"b\"}\r\n\r\n{\"id\":\"a-b\"}\r\n{\"id\":\"a\",\"moduleId\":\"m\"}\r\n{\"id\":\"a\"}", Token);
        using var container = Open(folder.Path);
        using var spooled = await SpooledArchive.OfBlobsAsync(container, Token);
        Assert.Equal(["a", "a/m", "a-b", "b"], await IdsAsync(spooled));

        await File.AppendAllTextAsync(folder.File("devices.txt"), "\n{\"id\":\"a\"}\n", Token);
        Assert.Contains("'a' is there twice", (await Assert.ThrowsAsync<ArchiveException>(() => SpooledArchive.OfBlobsAsync(container, Token))).Message, StringComparison.Ordinal);
        await File.WriteAllTextAsync(folder.File("devices.txt"), "{\"id\":\"a\"}\n{\"id\":", Token);
        await Assert.ThrowsAsync<ArchiveException>(() => SpooledArchive.OfBlobsAsync(container, Token));
        File.Delete(folder.File("devices.txt"));
        Assert.Contains("devices.txt", (await Assert.ThrowsAsync<ArchiveException>(() => SpooledArchive.OfBlobsAsync(container, Token))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_state_file_is_written_as_az_reads_it_and_imported_and_written_the_same()
    {
        await using var hubs = await server.NewPairAsync();
        await hubs.FillAsync();
        await hubs.Source.CreateConfigurationAsync(HubPairUnderTest.ConfigurationOf("fast", "tags.never = 'x'"), Token);
        var first = await ExportStateAsync(await hubs.OpenSourceAsync());
        using var document = JsonDocument.Parse(first);
        var devices = document.RootElement.GetProperty("devices");
        Assert.Equal(["a-leaf", "ca", "cert", "edge", "off"], devices.EnumerateObject().Select(device => device.Name));
        var leaf = devices.GetProperty("a-leaf");
        Assert.Equal(("edge", "rome", 5), (leaf.GetProperty("parent").GetString(), leaf.GetProperty("twin").GetProperty("tags").GetProperty("site").GetString(),
            leaf.GetProperty("twin").GetProperty("properties").GetProperty("desired").GetProperty("interval").GetInt32()));
        Assert.False(leaf.GetProperty("twin").GetProperty("properties").GetProperty("desired").TryGetProperty("$metadata", out _));
        var authentication = leaf.GetProperty("identity").GetProperty("authentication");
        Assert.Equal("sas", authentication.GetProperty("type").GetString());
        Assert.NotNull(authentication.GetProperty("symmetricKey").GetProperty("primaryKey").GetString());
        Assert.Equal(JsonValueKind.Null, authentication.GetProperty("x509Thumbprint").GetProperty("primaryThumbprint").ValueKind);
        Assert.Equal(new string('A', 40), devices.GetProperty("cert").GetProperty("identity").GetProperty("authentication").GetProperty("x509Thumbprint").GetProperty("primaryThumbprint").GetString());
        Assert.True(devices.GetProperty("edge").GetProperty("identity").GetProperty("capabilities").GetProperty("iotEdge").GetBoolean());
        Assert.Equal(7, devices.GetProperty("edge").GetProperty("modules").GetProperty("filter").GetProperty("twin").GetProperty("properties").GetProperty("desired").GetProperty("limit").GetInt32());
        var configurations = document.RootElement.GetProperty("configurations");
        Assert.Equal("fast", Assert.Single(configurations.GetProperty("admConfigurations").EnumerateObject()).Name);
        Assert.Empty(configurations.GetProperty("edgeDeployments").EnumerateObject());

        var report = await ImportStateAsync(first, await hubs.OpenTargetAsync());
        Assert.Equal((5L, 3L, 1L, 0L), (report.Devices, report.Modules, report.Configurations, report.Failed));
        Assert.Equal(first, await ExportStateAsync(await hubs.OpenTargetAsync()));
    }

    [Fact]
    public async Task A_state_file_of_az_is_imported()
    {
        await using var hubs = await server.NewPairAsync();
        var report = await ImportStateAsync(AzState, await hubs.OpenTargetAsync());
        Assert.Empty(report.Errors);
        Assert.Equal((2L, 1L, 1L, 0L), (report.Devices, report.Modules, report.Configurations, report.Failed));
        var leaf = (await hubs.Target.GetDeviceAsync(new IdentityId("leaf"), Token))!;
        Assert.Equal((DeviceStatus.Disabled, "stolen", "cHJpbWFyeS1wcmltYXJ5LXByaW1hcnk="), (leaf.Status, leaf.StatusReason, leaf.Authentication!.SymmetricKey!.PrimaryKey));
        Assert.Equal((await hubs.Target.GetDeviceAsync(new IdentityId("z-edge"), Token))!.DeviceScope, leaf.DeviceScope);
        Assert.Equal("rome", await hubs.TagAsync(hubs.Target, "leaf", "site"));
        Assert.Contains("\"er\":1234567890123456", (await hubs.Target.GetTwinAsync(new IdentityId("leaf"), Token)).ToString(), StringComparison.Ordinal);
        Assert.Equal(AuthenticationType.CertificateAuthority, (await hubs.Target.GetDeviceAsync(new IdentityId("leaf", "m"), Token))!.Authentication!.Type);
        Assert.Equal("slow", Assert.Single(await hubs.Target.ListConfigurationsAsync(100, Token)).Id);
    }

    [Fact]
    public async Task A_state_file_is_read_in_any_pieces_and_refused_wherever_it_is_cut_off()
    {
        var bytes = Encoding.UTF8.GetBytes(AzState);
        using (var spooled = await SpooledArchive.OfAzStateAsync(new PiecewiseStream(bytes), "state.json", Token))
        {
            Assert.Equal(["leaf", "leaf/m", "z-edge"], await IdsAsync(spooled));
        }

        for (var at = 0; at < bytes.Length; at += 7)
        {
            await Assert.ThrowsAsync<ArchiveException>(() => SpooledArchive.OfAzStateAsync(new MemoryStream(bytes[..at]), "state.json", Token));
        }

        await Assert.ThrowsAsync<ArchiveException>(() => SpooledArchive.OfAzStateAsync(new MemoryStream("[]"u8.ToArray()), "state.json", Token));
        await Assert.ThrowsAsync<ArchiveException>(() => SpooledArchive.OfAzStateAsync(new MemoryStream("""{"devices":{"a":{}}}"""u8.ToArray()), "state.json", Token));
    }

    private static IBlobContainer Open(string folder) => BlobContainers.Open(new Uri(folder).AbsoluteUri, new BlobContainerOptions());

    private static async Task ExportBlobsAsync(ServiceClient hub, string folder, bool replace) =>
        await ExportBlobsAsync(await HubRegistry.OpenAsync(hub, Token), folder, replace);

    private static async Task ExportBlobsAsync(HubRegistry hub, string folder, bool replace = true)
    {
        using var container = Open(folder);
        await using var blobs = await AzureBlobWriter.OpenAsync(container, withConfigurations: true, replace, TimeProvider.System.GetUtcNow(), Token);
        var manifest = await new HubExport(hub, new BackupOptions()).RunAsync(blobs, Token);
        Assert.Equal((5L, 3L), (manifest.Devices, manifest.Modules));
    }

    private static async Task<string> ExportStateAsync(HubRegistry hub)
    {
        using var file = new MemoryStream();
        await using var state = AzStateWriter.Open(file, TimeProvider.System.GetUtcNow());
        await new HubExport(hub, new BackupOptions()).RunAsync(state, Token);
        return Encoding.UTF8.GetString(file.ToArray());
    }

    private static async Task<ImportReport> ImportStateAsync(string text, HubRegistry hub)
    {
        using var spooled = await SpooledArchive.OfAzStateAsync(new MemoryStream(Encoding.UTF8.GetBytes(text)), "state.json", Token);
        return await new HubImport(spooled.OpenAsync, hub, new BackupOptions()).RunAsync(null, false, Token);
    }

    private static async Task<List<string>> IdsAsync(SpooledArchive spooled)
    {
        var ids = new List<string>();
        await foreach (var line in ArchiveLines.ReadRegistryAsync(spooled.OpenAsync, Token))
        {
            ids.Add(line.ModuleId is null ? line.Id! : $"{line.Id}/{line.ModuleId}");
        }

        return ids;
    }

    /// <summary>Gives one byte a read.</summary>
    private sealed class PiecewiseStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => base.ReadAsync(buffer[..Math.Min(1, buffer.Length)], cancellationToken);
    }
}
