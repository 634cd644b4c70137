using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Nave.Fleet.Sync.Providers;
using Nave.Fleet.Sync.Providers.Actility;
using Nave.Fleet.Sync.Providers.ChirpStack;
using Nave.Fleet.Sync.Providers.Http;
using Nave.Fleet.Sync.Providers.Hubs;
using Nave.Fleet.Sync.Providers.ThingsStack;

namespace Nave.Fuzz.Sync;

/// <summary>Answers of external registries: pages, tokens and errors. No write-only field ever comes out of one.</summary>
internal sealed class ProviderAnswerTarget() : FuzzTarget("provider-answer", Texts(
    """[{"ref":"12","name":"n","EUI":"70B3D57ED0000001","networkAddress":"0A","deviceProfileId":"p","applicationEUI":"70B3D57ED0000002","applicationKey":"00112233445566778899AABBCCDDEEFF"}]""",
    """{"totalCount":1,"result":[{"devEui":"70b3d57ed0000001","name":"n","description":"","deviceProfileId":"u","tags":{"a":"b","nwkKey":"x"},"lastSeenAt":null}]}""",
    """{"end_devices":[{"ids":{"device_id":"a-b","dev_eui":"70B3D57ED0000001","join_eui":"0000000000000000"},"name":"n","attributes":{"site":"west"}}]}""",
    """{"deviceId":"d","tags":{"nave":{},"site":"x","n":1}}""",
    """{"access_token":"abc","token_type":"bearer","expires_in":3600}""",
    """{"code":5,"message":"error:pkg:name (no such thing)","details":[]}"""))
{
    private static readonly ThingsStackProvider s_thingsStack = new(
        new ThingsStackSettings { BaseUri = new Uri("http://localhost"), ClusterUri = new Uri("http://localhost"), ApiKey = "k", ApplicationId = "app" },
        new ProviderTransportOptions(),
        new ProviderContext(TimeProvider.System, NullLoggerFactory.Instance));

    public override IReadOnlyList<byte[]> Words { get; } = [.. JsonWords.All, .. Texts("\"EUI\":", "\"ids\":", "\"tags\":", "\"result\":", "\"end_devices\":", "\"expires_in\":\"60\"", "\"totalCount\":-1", "\"applicationKey\":\"x\"", "\"appKey\":\"x\"")];

    public override int Cost => 4;

    public override long AllocationLimit(int length) => (64 << 10) + (512L * length);

    public override bool Execute(byte[] input)
    {
        var error = ProviderError.Parse(input);
        Redaction.Clean(error.Message, ["abc"]);

        var accepted = ClientCredentials.TryRead(input, out var token, out _);
        Check(!accepted || token.Length > 0, "a token is not empty");
        accepted |= error.Code != 0;
        try
        {
            using var document = JsonDocument.Parse(input);
            var root = document.RootElement;
            accepted |= Look(root.ValueKind == JsonValueKind.Array ? ActilityProvider.ParsePage(root) : [], "applicationKey");
            accepted |= Look(root.ValueKind == JsonValueKind.Object ? s_thingsStack.ParsePage(root) ?? [] : [], "appKey");
            accepted |= Look(ChirpStackPage.Parse(root)?.Devices ?? [], "nwkKey");
            accepted |= Look([HubProvider.Parse(root)], "nave");
            return accepted;
        }
        catch (JsonException)
        {
            return accepted;
        }
    }

    private static bool Look(IReadOnlyList<ExternalDevice?> devices, string hidden)
    {
        foreach (var device in devices)
        {
            Check(device is null || (device.Key.Length > 0 && !device.Fields.ContainsKey(hidden)), $"a device has a key and no {hidden}");
        }

        return devices.Any(device => device is not null);
    }
}
