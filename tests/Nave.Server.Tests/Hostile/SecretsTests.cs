using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Nave.Api;
using Nave.Mqtt;
using Nave.Server.Tests.Mqtt;
using Nave.Testing;

namespace Nave.Server.Tests.Hostile;

/// <summary>A conversation with good and bad credentials, errors included, at the most talkative log level: no secret is anywhere.</summary>
public sealed class SecretsTests : IDisposable
{
    private const string Canary = "canary-f3b1c5";

    private readonly TemporaryFolder _folder = new();
    private readonly RecordingLoggers _loggers = new();
    private readonly List<string> _secrets = [Canary];
    private readonly StringBuilder _answers = new();

    public void Dispose()
    {
        _folder.Dispose();
        _loggers.Dispose();
    }

    [Fact]
    public async Task No_key_signature_or_payload_is_in_logs_metrics_or_error_bodies()
    {
        await using (var server = await WholeServer.StartAsync(_folder.Path, _loggers))
        {
            foreach (var policy in server.Hub.Authenticator.Policies)
            {
                Guard(policy.PrimaryKey);
                Guard(policy.SecondaryKey);
            }

            var device = await server.CreateAsync("d1");
            Guard(device.Authentication!.SymmetricKey!.PrimaryKey!);
            Guard(device.Authentication.SymmetricKey.SecondaryKey!);
            await TalkMqttAsync(server, device);
            await TalkHttpAsync(server, device);
            await TalkNonsenseAsync(server);
            using var metrics = await server.Client.GetAsync("/metrics", TestContext.Current.CancellationToken);
            _answers.AppendLine(await metrics.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        }

        // What was looked at is what was talked about.
        var log = string.Join('\n', _loggers.Lines);
        Assert.Contains("d1", log, StringComparison.Ordinal);
        Assert.Contains("refused", log, StringComparison.Ordinal);
        Assert.Contains("nave_mqtt", _answers.ToString(), StringComparison.Ordinal);
        foreach (var secret in _secrets)
        {
            Assert.True(LineWith(log, secret) is null, $"In the log: {LineWith(log, secret)}");
            Assert.True(LineWith(_answers.ToString(), secret) is null, $"In an answer: {LineWith(_answers.ToString(), secret)}");
        }
    }

    private async Task TalkMqttAsync(WholeServer server, DeviceIdentity device)
    {
        var good = Signed(WholeServer.TokenFor(device));
        await using (var client = await server.ConnectAsync(device, good))
        {
            await client.SubscribeAsync(1, (MqttTopics.TwinResponseFilter, MqttQos.AtMostOnce), (MqttTopics.MethodFilter, MqttQos.AtMostOnce), ("devices/d1/messages/devicebound/#", MqttQos.AtLeastOnce));
            await client.ExpectSubAckAsync();
            await client.PublishAsync("devices/d1/messages/events/name=" + Canary, Canary, MqttQos.AtLeastOnce, 1);
            await client.ExpectPubAckAsync();
            foreach (var patch in new[] { $"{{\"a\":\"{Canary}\"}}", $"{{\"a\":\"{Canary}", $"{{\"{Canary}\":{{\"$bad\":1}}}}" })
            {
                await client.PublishAsync("$iothub/twin/PATCH/properties/reported/?$rid=1", patch);
                var answer = await client.ExpectMessageAsync();
                _answers.AppendLine(patch.Contains("$bad", StringComparison.Ordinal) ? string.Empty : answer.Payload);
            }

            var call = server.StatusAsync("POST", "/twins/d1/methods", $"{{\"methodName\":\"m\",\"responseTimeoutInSeconds\":5,\"payload\":\"{Canary}\"}}");
            var request = await client.ExpectMessageAsync();
            await client.PublishAsync("$iothub/methods/res/200/?$rid=" + request.Topic[(request.Topic.IndexOf("$rid=", StringComparison.Ordinal) + 5)..], $"{{\"{Canary}");
            await call;
            await client.PublishAsync("devices/other/messages/events/", Canary, MqttQos.AtLeastOnce, 2);
            await client.ExpectCloseAsync();
        }

        foreach (var token in BadTokens(device))
        {
            await using var client = await MqttTestClient.OpenAsync(server.Server.Status.Ports.MqttPlain!.Value, MqttVersion.V311);
            await client.SendAsync(WholeServer.ConnectPacket("d1", token));
            await client.ExpectConnAckAsync();
        }
    }

    private async Task TalkHttpAsync(WholeServer server, DeviceIdentity device)
    {
        var key = Guard(Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));
        await ErrorAsync(server, "PUT", "/devices/d2", $$$$"""{"deviceId": "d2", "authentication": {"symmetricKey": {"primaryKey": "{{{{key}}}}", "secondaryKey": "{{{{key[..10]}}}}"}}}""");
        await ErrorAsync(server, "PUT", "/devices/d2", $$$$"""{"deviceId": "d2", "authentication": {"symmetricKey": {"primaryKey": "{{{{key}}}}" "oops" }}}""");
        await ErrorAsync(server, "PUT", "/devices/d2", $$$"""{"deviceId": "d2", "authentication": "{{{key}}}"}""");
        await ErrorAsync(server, "PATCH", "/twins/d1", $"{{\"tags\":{{\"a\":\"{Canary}\"");
        await ErrorAsync(server, "POST", "/devices/query", $"{{\"query\": \"SELECT * FROM devices WHERE {Canary}\", \"{Canary}");
        await ErrorAsync(server, "PUT", "/nave/certificates/ca", $"-----BEGIN CERTIFICATE-----\n{Canary}\n-----END CERTIFICATE-----");
        await ErrorAsync(server, "POST", "/nave/policies/nobody/regenerate?key=primary");
        await ErrorAsync(server, "POST", "/messages/devicebound", Canary);
        foreach (var token in BadTokens(device))
        {
            await ErrorAsync(server, "POST", "/devices/d1/messages/events", Canary, token);
            await ErrorAsync(server, "GET", "/devices/d1", token: token);
        }
    }

    // Lines that are no HTTP, and no MQTT, with a token in them.
    private async Task TalkNonsenseAsync(WholeServer server)
    {
        var token = Signed(server.TokenOf("iothubowner"));
        foreach (var text in new[]
        {
            $"GET / HTTP/1.1\r\nHost: hub.localhost\r\nAuthorization {token}\r\n\r\n",
            $"GET / HTTP/1.1\r\nHost: hub.localhost\r\nAuth orization: {token}\r\n\r\n",
            $"GET / HTTP/1.1\r\nHost: hub.localhost\r\nAuthorization: {token}\u0001\r\n\r\n",
            $"GET / HTTP/1.1\r\nHost: {token}\r\n\r\n",
            $"{token}\r\n\r\n",
        })
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync("127.0.0.1", server.HttpsPort, TestContext.Current.CancellationToken);
            await using var tls = new SslStream(new NetworkStream(socket));
            await tls.AuthenticateAsClientAsync(WholeServer.TrustOf(server.Server), TestContext.Current.CancellationToken);
            await tls.WriteAsync(Encoding.Latin1.GetBytes(text), TestContext.Current.CancellationToken);
            var buffer = new byte[4096];
            var count = await tls.ReadAsync(buffer, TestContext.Current.CancellationToken);
            _answers.AppendLine(Encoding.Latin1.GetString(buffer, 0, count));
        }

        await using var mqtt = await MqttTestClient.OpenAsync(server.Server.Status.Ports.MqttPlain!.Value, MqttVersion.V311);
        await mqtt.SendAsync(Encoding.ASCII.GetBytes(token));
        await mqtt.ExpectCloseAsync();
    }

    private async Task ErrorAsync(WholeServer server, string method, string path, string? json = null, string? token = null)
    {
        using var response = await server.SendAsync(method, path, json, token);
        Assert.False(response.IsSuccessStatusCode, $"{method} {path} succeeded.");
        _answers.AppendLine(response.Headers.ToString());
        _answers.AppendLine(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    private string[] BadTokens(DeviceIdentity device)
    {
        var good = Signed(WholeServer.TokenFor(device));
        return
        [
            Signed(SasToken.Create("hub.localhost/devices/d1", RandomNumberGenerator.GetBytes(32), TimeProvider.System.GetUtcNow().AddHours(1))),
            Signed(SasToken.Create("hub.localhost/devices/d1", Convert.FromBase64String(device.Authentication!.SymmetricKey!.PrimaryKey!), TimeProvider.System.GetUtcNow().AddHours(-1))),
            Signed(WholeServer.TokenFor(device, "other.localhost/devices/d1")),
            good + "&skn=iothubowner",
            good.Replace("&se=", "&sx=", StringComparison.Ordinal),
            device.Authentication.SymmetricKey.PrimaryKey!,
            good.Replace("sr=", "sr=%0a", StringComparison.Ordinal),
        ];
    }

    private string Guard(string key)
    {
        _secrets.Add(key);
        _secrets.Add(Uri.EscapeDataString(key));
        _secrets.Add(key[..20]);
        return key;
    }

    private string Signed(string token)
    {
        var signature = token[(token.IndexOf("sig=", StringComparison.Ordinal) + 4)..];
        signature = signature[..signature.IndexOf('&', StringComparison.Ordinal)];
        _secrets.Add(signature[..16]);
        _secrets.Add(Uri.UnescapeDataString(signature)[..16]);
        return token;
    }

    private static string? LineWith(string text, string secret) =>
        text.Split('\n').FirstOrDefault(line => line.Contains(secret, StringComparison.OrdinalIgnoreCase));
}
