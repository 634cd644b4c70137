using Nave.Api;
using Nave.Client;
using Nave.Fleet.Recovery;

namespace Nave.Fleet.Tests.Recovery;

/// <summary>Two hubs, clients of both, and what tests ask of them.</summary>
internal sealed class HubPairUnderTest(TwoHubs server, IotHubConnectionString source, IotHubConnectionString target, string folder) : IAsyncDisposable
{
    private readonly EventsClient _events = server.Events(source);

    public ServiceClient Source { get; } = server.Service(source);

    public ServiceClient Target { get; } = server.Service(target);

    public string Folder => folder;

    public Task<HubRegistry> OpenSourceAsync() => HubRegistry.OpenAsync(Source, TestContext.Current.CancellationToken);

    public Task<HubRegistry> OpenTargetAsync() => HubRegistry.OpenAsync(Target, TestContext.Current.CancellationToken);

    public DeviceClient Device(ServiceClient hub, DeviceIdentity identity) => server.Device(hub.HostName, identity);

    public async Task<CloneReport> CloneAsync(CloneOptions? options = null) =>
        await new HubCloner(await OpenSourceAsync(), await OpenTargetAsync(), options ?? new()).RunAsync(TestContext.Current.CancellationToken);

    public async Task<HubMirror> OpenMirrorAsync(Func<MirrorOptions, MirrorOptions>? change = null)
    {
        var options = new MirrorOptions { Folder = folder, CompareEvery = TimeSpan.FromMilliseconds(500) };
        return await HubMirror.OpenAsync(
            await OpenSourceAsync(), await OpenTargetAsync(), _events, change?.Invoke(options) ?? options, TestContext.Current.CancellationToken);
    }

    public async Task<MergeReport> MergeAsync(Func<MergeOptions, MergeOptions>? change = null)
    {
        var options = new MergeOptions { Folder = folder };
        return await new HubMerger(await OpenSourceAsync(), await OpenTargetAsync(), change?.Invoke(options) ?? options)
            .RunAsync(Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance, TestContext.Current.CancellationToken);
    }

    /// <summary>Reads all that a hub has, in a form that can be compared: without what each hub counts for itself.</summary>
    public static async Task<List<string>> ReadAsync(ServiceClient hub)
    {
        var lines = new List<string>();
        await foreach (var line in hub.ReadRegistryAsync(withKeys: true, null, TestContext.Current.CancellationToken))
        {
            lines.Add($"{line.Id}/{line.ModuleId} {RegistryMarks.Of(line)}");
        }

        return lines;
    }

    /// <summary>Waits until both hubs have the same.</summary>
    public async Task SameAsync()
    {
        List<string> left = [], right = [];
        await UntilAsync(async () =>
        {
            (left, right) = (await ReadAsync(Source), await ReadAsync(Target));
            return left.SequenceEqual(right);
        });
        Assert.Equal(left, right);
    }

    /// <summary>Asks until it is so: a hub tells nobody when its registry is as somebody wants it.</summary>
    public async Task UntilAsync(Func<Task<bool>> isSo)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!await isSo())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(60), "It was not so within a minute.");
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }

    public Task PatchAsync(ServiceClient hub, string id, string patch) => hub.PatchTwinAsync(IdOf(id), RawJson.Parse(patch), null, TestContext.Current.CancellationToken);

    public async Task<string> TagAsync(ServiceClient hub, string id, string name)
    {
        using var twin = (await hub.GetTwinAsync(IdOf(id), TestContext.Current.CancellationToken)).ToDocument();
        return twin.RootElement.GetProperty("tags").TryGetProperty(name, out var value) ? value.ToString() : "";
    }

    public static IdentityId IdOf(string id) => id.Split('/') is [var device, var module] ? new IdentityId(device, module) : new IdentityId(id);

    public static Api.Configuration ConfigurationOf(string id, string condition) => new()
    {
        Id = id,
        TargetCondition = condition,
        Priority = 3,
        Labels = new Dictionary<string, string> { ["env"] = "test" },
        Content = new ConfigurationContent { DeviceContent = new Dictionary<string, RawJson> { ["properties.desired.fast"] = RawJson.Parse("true") } },
    };

    /// <summary>Fills the source with one of everything.</summary>
    public async Task FillAsync()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await Source.CreateDeviceAsync(new DeviceIdentity { DeviceId = "edge", Capabilities = new DeviceCapabilities { IotEdge = true } }, cancellation);
        var scope = (await Source.GetDeviceAsync(new IdentityId("edge"), cancellation))!.DeviceScope;
        await Source.CreateDeviceAsync(new DeviceIdentity { DeviceId = "a-leaf", DeviceScope = scope }, cancellation);
        await Source.CreateDeviceAsync(new DeviceIdentity { DeviceId = "off", Status = DeviceStatus.Disabled, StatusReason = "stolen" }, cancellation);
        await Source.CreateDeviceAsync(
            new DeviceIdentity
            {
                DeviceId = "cert",
                Authentication = new DeviceAuthentication
                {
                    Type = AuthenticationType.SelfSigned,
                    X509Thumbprint = new X509Thumbprints { PrimaryThumbprint = new string('A', 40), SecondaryThumbprint = new string('B', 40) },
                },
            },
            cancellation);
        await Source.CreateDeviceAsync(
            new DeviceIdentity { DeviceId = "ca", Authentication = new DeviceAuthentication { Type = AuthenticationType.CertificateAuthority } }, cancellation);
        await Source.CreateDeviceAsync(new DeviceIdentity { DeviceId = "edge", ModuleId = "filter", ManagedBy = "iotEdge" }, cancellation);
        await PatchAsync(Source, "a-leaf", """{"tags":{"site":"rome","n":[1,2.50,{"x":null}]},"properties":{"desired":{"interval":5,"deep":{"er":1}}}}""");
        await PatchAsync(Source, "edge/filter", """{"properties":{"desired":{"limit":7}}}""");
        await using var device = Device(Source, (await Source.GetDeviceAsync(new IdentityId("a-leaf"), cancellation))!);
        await device.ConnectAsync(cancellation);
        await device.PatchReportedAsync(RawJson.Parse("""{"fw":"1.2","temp":21.5}"""), null, cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await _events.DisposeAsync();
        Source.Dispose();
        Target.Dispose();
    }
}
