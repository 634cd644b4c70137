using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using Nave.Api;
using Nave.Mqtt;
using Nave.Server.Tests.Mqtt;
using Nave.Testing;

namespace Nave.Server.Tests.Hostile;

/// <summary>Tokens that must not work, over MQTT and HTTPS alike, and what happens to what was connected when they cease to work.</summary>
[Collection(nameof(Alone))]
public sealed class RevocationTests : IAsyncLifetime
{
    private const string HostName = WholeServer.HostName;
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(5);

    private readonly TemporaryFolder _folder = new();
    private WholeServer _server = null!;
    private DeviceIdentity _a = null!;
    private DeviceIdentity _ab = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await WholeServer.StartAsync(_folder.Path);
        _a = await _server.CreateAsync("a");
        _ab = await _server.CreateAsync("ab");
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_token_that_is_expired_wrongly_scoped_or_altered_is_refused_over_MQTT_and_HTTPS()
    {
        var key = KeyOf(_ab);
        var now = TimeProvider.System.GetUtcNow();
        var good = WholeServer.TokenFor(_ab);
        var bad = new Dictionary<string, string>
        {
            ["expired"] = SasToken.Create($"{HostName}/devices/ab", key, now.AddMinutes(-6)),
            ["another device's"] = WholeServer.TokenFor(_a),
            ["another device's key, own scope"] = SasToken.Create($"{HostName}/devices/ab", KeyOf(_a), now.AddHours(1)),
            ["a prefix of the id"] = SasToken.Create($"{HostName}/devices/a", key, now.AddHours(1)),
            ["a prefix of the id, by the other's key"] = SasToken.Create($"{HostName}/devices/a", KeyOf(_a), now.AddHours(1)),
            ["the id with a tail"] = SasToken.Create($"{HostName}/devices/abc", key, now.AddHours(1)),
            ["all devices"] = SasToken.Create($"{HostName}/devices", key, now.AddHours(1)),
            ["the whole hub"] = SasToken.Create(HostName, key, now.AddHours(1)),
            ["a path upwards"] = SasToken.Create($"{HostName}/devices/a/../ab", key, now.AddHours(1)),
            ["a module of it"] = SasToken.Create($"{HostName}/devices/ab/modules/m", key, now.AddHours(1)),
            ["another hub"] = SasToken.Create("other.localhost/devices/ab", key, now.AddHours(1)),
            ["a hub of which this is the tail"] = SasToken.Create($"x{HostName}/devices/ab", key, now.AddHours(1)),
            ["a hub of which this is the head"] = SasToken.Create($"{HostName}.evil/devices/ab", key, now.AddHours(1)),
            ["the signature altered"] = Altered(good, "sig=", c => c == 'A' ? 'B' : 'A'),
            ["the time altered"] = Altered(good, "se=", c => c == '9' ? '8' : (char)(c + 1)),
            ["a policy's name added"] = good + "&skn=device",
            ["the owner's name added"] = good + "&skn=iothubowner",
            ["a second time"] = good + "&se=99999999999",
            ["no signature"] = good[..good.IndexOf("&sig=", StringComparison.Ordinal)] + "&se=99999999999",
            ["nothing"] = "SharedAccessSignature ",
            ["a policy without the right"] = _server.TokenOf("registryRead"),
            ["a policy's key under another's name"] = _server.TokenOf("registryRead").Replace("skn=registryRead", "skn=iothubowner", StringComparison.Ordinal),
        };
        foreach (var (what, token) in bad)
        {
            Assert.True(await MqttAnswerAsync("ab", token) == MqttReason.NotAuthorized, $"MQTT takes a token with {what}.");
            var status = await _server.StatusAsync("POST", "/devices/ab/messages/events", "{}", token);
            Assert.True(status == HttpStatusCode.Unauthorized, $"HTTPS answers a token with {what} by {status}.");
        }

        Assert.Equal(MqttReason.Success, await MqttAnswerAsync("ab", good));
        Assert.Equal(HttpStatusCode.NoContent, await _server.StatusAsync("POST", "/devices/ab/messages/events", "{}", good));
    }

    [Theory]
    [InlineData("disabled")]
    [InlineData("deleted")]
    [InlineData("key")]
    public async Task A_device_that_is_revoked_is_dropped_within_5_s_and_refused_over_MQTT_and_HTTPS(string how)
    {
        var token = WholeServer.TokenFor(_a);
        await using var client = await _server.ConnectAsync(_a);
        await using var other = await _server.ConnectAsync(_ab);
        Assert.Equal(HttpStatusCode.NoContent, await _server.StatusAsync("POST", "/devices/a/messages/events", "{}", token));
        var watch = Stopwatch.StartNew();
        var status = how switch
        {
            "disabled" => await _server.StatusAsync("PUT", "/devices/a", """{"deviceId": "a", "status": "disabled"}""", ifMatch: "*"),
            "deleted" => await _server.StatusAsync("DELETE", "/devices/a", ifMatch: "*"),
            _ => await _server.StatusAsync("PUT", "/devices/a", $$$$"""{"deviceId": "a", "authentication": {"type": "sas", "symmetricKey": {"primaryKey": "{{{{NewKey()}}}}", "secondaryKey": "{{{{NewKey()}}}}"}}}""", ifMatch: "*"),
        };
        Assert.True(status is HttpStatusCode.OK or HttpStatusCode.NoContent, $"{how}: {status}");
        await client.ExpectCloseAsync();
        Assert.True(watch.Elapsed < s_limit, $"The connection was dropped after {watch.Elapsed}.");
        Assert.Equal(MqttReason.NotAuthorized, await MqttAnswerAsync("a", token));
        var answer = await _server.StatusAsync("POST", "/devices/a/messages/events", "{}", token);
        Assert.True(answer is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden, $"HTTPS answers {answer}.");
        await other.PingAsync();
    }

    [Fact]
    public async Task A_policy_key_that_is_replaced_ends_connections_and_streams_that_rest_on_it_within_5_s()
    {
        // 1. A device by the policy "device", a reader that follows the events by the policy "service", and one that rests on neither.
        await using var byPolicy = await _server.ConnectAsync(_a, _server.TokenOf("device"));
        await using var byKey = await _server.ConnectAsync(_ab);
        var service = _server.TokenOf("service");
        using var follow = await _server.SendAsync("GET", "/nave/events?from=latest", token: service);
        Assert.Equal(HttpStatusCode.OK, follow.StatusCode);
        using var owned = await _server.SendAsync("GET", "/nave/events?from=latest");
        var stream = await follow.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        var ownedStream = await owned.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);

        // 2. Both keys are replaced.
        var watch = Stopwatch.StartNew();
        Assert.Equal(HttpStatusCode.OK, await _server.StatusAsync("POST", "/nave/policies/device/regenerate?key=primary"));
        Assert.Equal(HttpStatusCode.OK, await _server.StatusAsync("POST", "/nave/policies/service/regenerate?key=primary"));
        await byPolicy.ExpectCloseAsync();
        await ExpectCutAsync(stream);
        Assert.True(watch.Elapsed < s_limit, $"They ended after {watch.Elapsed}.");

        // 3. The rest goes on.
        Assert.Equal(HttpStatusCode.Unauthorized, await _server.StatusAsync("GET", "/nave/events?from=latest", token: service));
        await byKey.PublishAsync("devices/ab/messages/events/", "still here", MqttQos.AtLeastOnce, 1);
        await byKey.ExpectPubAckAsync();
        using var reader = new StreamReader(ownedStream);
        string? line;
        do
        {
            line = await reader.ReadLineAsync(TestContext.Current.CancellationToken);
        }
        while (line?.Contains("\"ab\"", StringComparison.Ordinal) == false);
        Assert.NotNull(line);
    }

    // Events from before may come first. The end must be an error: a clean end would say that there is no more.
    private static async Task ExpectCutAsync(Stream stream)
    {
        using var deadline = new CancellationTokenSource(TestDeadline.Default);
        var buffer = new byte[4096];
        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            while (await stream.ReadAsync(buffer, deadline.Token) > 0)
            {
            }
        });
    }

    private async Task<MqttReason> MqttAnswerAsync(string deviceId, string token)
    {
        await using var client = await MqttTestClient.OpenAsync(_server.Server.Status.Ports.MqttPlain!.Value, MqttVersion.V311);
        await client.SendAsync(WholeServer.ConnectPacket(deviceId, token));
        return (await client.ExpectConnAckAsync()).Reason;
    }

    private static byte[] KeyOf(DeviceIdentity device) => Convert.FromBase64String(device.Authentication!.SymmetricKey!.PrimaryKey!);

    private static string NewKey() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    private static string Altered(string token, string field, Func<char, char> change)
    {
        var at = token.IndexOf(field, StringComparison.Ordinal) + field.Length;
        return string.Concat(token.AsSpan(0, at), [change(token[at])], token.AsSpan(at + 1));
    }
}
