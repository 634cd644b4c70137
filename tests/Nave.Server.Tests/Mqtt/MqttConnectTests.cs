using System.Security.Cryptography;
using System.Text;
using Nave.Api;
using Nave.Mqtt;
using Nave.Server.Mqtt;
using Nave.Testing;

namespace Nave.Server.Tests.Mqtt;

public sealed class MqttConnectTests : IAsyncLifetime
{
    private MqttTestHub _hub = null!;
    private DeviceIdentity _device = null!;

    [Theory]
    [InlineData(MqttVersion.V311)]
    [InlineData(MqttVersion.V5)]
    public async Task A_device_connects_with_its_key(MqttVersion version)
    {
        await using var client = await _hub.ConnectAsync(_device, version);
        Assert.NotNull(_hub.Hub.Connections.Find(_device.Id));
        await client.PingAsync();
        await client.DisconnectAsync();
        await client.ExpectCloseAsync();
        await TestDeadline.UntilAsync(() => _hub.Hub.Connections.Find(_device.Id) is null, "the session's end");
    }

    [Fact]
    public async Task A_module_connects_with_its_own_key()
    {
        var module = await _hub.CreateAsync("d1", "m1");
        await using var client = await _hub.ConnectAsync(module);
        Assert.NotNull(_hub.Hub.Connections.Find(module.Id));
        Assert.Null(_hub.Hub.Connections.Find(_device.Id));
    }

    [Theory]
    [InlineData("hub.test/d1")]
    [InlineData("hub.test/d1/")]
    [InlineData("HUB.test/d1/?api-version=2020-09-30&DeviceClientType=c%2f1.0%20(x%3b)")]
    [InlineData("hub.test:8883/d1/?api-version=2021-04-12-preview")]
    public async Task Every_spelling_of_the_user_name_that_the_service_takes_is_taken(string userName) =>
        Assert.Equal(MqttReason.Success, await AnswerAsync(c => With(c, userName: userName)));

    [Theory]
    [InlineData("hub.test", MqttReason.BadUserNameOrPassword)]
    [InlineData("hub.test/other/?api-version=2021-04-12", MqttReason.BadUserNameOrPassword)]
    [InlineData("hub.test/d1/x?api-version=2021-04-12", MqttReason.BadUserNameOrPassword)]
    [InlineData("hub.test/d1/?api-version=latest", MqttReason.UnsupportedProtocolVersion)]
    [InlineData("nobody.test/d1/?api-version=2021-04-12", MqttReason.NotAuthorized)]
    public async Task A_wrong_user_name_is_refused_with_the_code_of_the_service(string userName, MqttReason reason) =>
        Assert.Equal(reason, await AnswerAsync(c => With(c, userName: userName)));

    [Fact]
    public async Task No_wrong_expired_or_misdirected_token_connects()
    {
        var other = await _hub.CreateAsync("d2");
        var key = Convert.FromBase64String(_device.Authentication!.SymmetricKey!.PrimaryKey!);
        var wrongKey = SasToken.Create("hub.test/devices/d1", RandomNumberGenerator.GetBytes(32), DateTimeOffset.UtcNow.AddHours(1));
        var wrongHub = SasToken.Create("other.test/devices/d1", key, DateTimeOffset.UtcNow.AddHours(1));
        foreach (var token in new[] { null, "nonsense", wrongKey, wrongHub, _hub.TokenFor(other), _hub.TokenFor(_device, TimeSpan.FromHours(-1)) })
        {
            Assert.Equal(MqttReason.NotAuthorized, await AnswerAsync(c => With(c, password: token is null ? null : Encoding.UTF8.GetBytes(token))));
        }

        var unknown = _device with { DeviceId = "unknown" };
        Assert.Equal(MqttReason.NotAuthorized, await AnswerAsync(_ => _hub.Connect(unknown)));
    }

    [Fact]
    public async Task A_disabled_device_is_refused_and_one_that_is_disabled_while_connected_is_dropped()
    {
        await using var client = await _hub.ConnectAsync(_device);
        await _hub.Hub.Registry.UpdateAsync(_device with { Status = DeviceStatus.Disabled }, "*", CancellationToken.None);
        await client.ExpectCloseAsync();
        Assert.Equal(MqttReason.NotAuthorized, await AnswerAsync(c => c));
    }

    [Fact]
    public async Task A_newer_connection_takes_over_and_the_older_one_gets_no_word()
    {
        await using var first = await _hub.ConnectAsync(_device);
        await using var second = await _hub.ConnectAsync(_device);
        await first.ExpectCloseAsync();
        await second.PingAsync();

        await using var third = await _hub.ConnectAsync(_device, MqttVersion.V5);
        await using var fourth = await _hub.ConnectAsync(_device, MqttVersion.V5);
        await second.ExpectCloseAsync();
        Assert.Equal(MqttReason.SessionTakenOver, (await third.ExpectDisconnectAsync()).Reason);
        await fourth.PingAsync();
    }

    [Fact]
    public async Task A_takeover_storm_leaves_one_connection_that_works()
    {
        var clients = await Task.WhenAll(Enumerable.Range(0, 50).Select(async _ =>
        {
            var client = await _hub.OpenAsync();
            await client.SendAsync(_hub.Connect(_device, clean: true));
            return client;
        }));

        // All but one are closed, some before they got their CONNACK: the last one lives on.
        var alive = await Task.WhenAll(clients.Select(c => c.SurvivesAsync()));
        Assert.Single(alive, true);
        Assert.Equal(1, _hub.Hub.Connections.Count);
        await Task.WhenAll(clients.Select(c => c.DisposeAsync().AsTask()));
        await TestDeadline.UntilAsync(() => _hub.Hub.Connections.Count == 0, "no session");
    }

    [Fact]
    public async Task Packets_sent_right_behind_connect_are_handled_after_the_connack()
    {
        await using var client = await _hub.OpenAsync();
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        _hub.Connect(_device).Encode(output);
        await client.SendAsync([.. output.WrittenSpan, .. client.Subscribe(7, (MqttTopics.MethodFilter, MqttQos.AtMostOnce)), 0xC0, 0x00]);
        await client.ExpectConnAckAsync();
        Assert.Equal(7, (await client.ExpectSubAckAsync()).PacketId);
        await client.ExpectAsync(MqttPacketType.PingResp);
    }

    [Fact]
    public async Task Anything_but_connect_first_and_a_second_connect_end_the_connection()
    {
        foreach (var first in new byte[][] { [0xC0, 0x00], [0x40, 0x02, 0x00, 0x01], [0x30, 0x03, 0x00, 0x01, 0x61], [0x16, 0x03, 0x01, 0x02, 0x00], "GET / HTTP/1.1\r\n\r\n"u8.ToArray() })
        {
            await using var client = await _hub.OpenAsync();
            await client.SendAsync(first);
            await client.ExpectCloseAsync();
        }

        await using var twice = await _hub.ConnectAsync(_device);
        await twice.SendAsync(_hub.Connect(_device));
        await twice.ExpectCloseAsync();
    }

    [Theory]
    [InlineData(new byte[] { 0x10, 0xFF, 0xFF, 0xFF, 0x7F })] // 256 MB declared
    [InlineData(new byte[] { 0x10, 0x80, 0x80, 0x80, 0x80, 0x01 })] // a length without an end
    [InlineData(new byte[] { 0x10, 0x81, 0x40 })] // 8,193 bytes, one more than is read ahead
    public async Task A_packet_bomb_before_authentication_is_refused_before_it_is_awaited(byte[] bomb)
    {
        await using var client = await _hub.OpenAsync();
        await client.SendAsync(bomb);
        await client.ExpectCloseAsync();
    }

    [Fact]
    public async Task An_older_protocol_level_is_told_so()
    {
        await using var client = await _hub.OpenAsync();
        await client.SendAsync([0x10, 0x0F, 0x00, 0x06, .. "MQIsdp"u8, 0x03, 0x02, 0x00, 0x3C, 0x00, 0x01, 0x61]);
        Assert.Equal(MqttReason.UnsupportedProtocolVersion, (await client.ExpectConnAckAsync()).Reason);
        await client.ExpectCloseAsync();
    }

    [Fact]
    public async Task An_mqtt_5_client_learns_the_limits()
    {
        await using var client = await _hub.OpenAsync(MqttVersion.V5);
        await client.SendAsync(_hub.Connect(_device, MqttVersion.V5, keepAlive: 0));
        var answer = await client.ExpectConnAckAsync();
        Assert.Equal(1U, answer.Properties.GetNumber(MqttPropertyId.MaximumQos));
        Assert.Equal((uint)new MqttHeadOptions().MaxPacketBytes, answer.Properties.GetNumber(MqttPropertyId.MaximumPacketSize));
        Assert.Equal(0U, answer.Properties.GetNumber(MqttPropertyId.SharedSubscriptionAvailable));
        Assert.Equal(0U, answer.Properties.GetNumber(MqttPropertyId.RetainAvailable));
        Assert.Equal(1178U, answer.Properties.GetNumber(MqttPropertyId.ServerKeepAlive));
        Assert.Null(answer.Properties.GetNumber(MqttPropertyId.TopicAliasMaximum));
    }

    [Fact]
    public async Task Over_TLS_a_device_connects_with_its_key_or_a_self_signed_certificate()
    {
        await using (var client = await _hub.OpenTlsAsync())
        {
            await client.SendAsync(_hub.Connect(_device));
            Assert.Equal(MqttReason.Success, (await client.ExpectConnAckAsync()).Reason);
            await client.PingAsync();
        }

        using var certificate = MqttTestHub.SelfSigned("x1");
        var device = await _hub.CreateAsync("x1", authentication: new DeviceAuthentication
        {
            Type = AuthenticationType.SelfSigned,
            X509Thumbprint = new X509Thumbprints { PrimaryThumbprint = certificate.GetCertHashString(HashAlgorithmName.SHA256) },
        });
        await using var proved = await _hub.OpenTlsAsync(certificate);
        await proved.SendAsync(_hub.Connect(device));
        Assert.Equal(MqttReason.Success, (await proved.ExpectConnAckAsync()).Reason);

        using var wrong = MqttTestHub.SelfSigned("x1");
        await using var refused = await _hub.OpenTlsAsync(wrong);
        await refused.SendAsync(_hub.Connect(device));
        Assert.Equal(MqttReason.NotAuthorized, (await refused.ExpectConnAckAsync()).Reason);
    }

    [Fact]
    public async Task Stopping_says_goodbye_and_takes_no_new_connection()
    {
        await using var old = await _hub.ConnectAsync(_device);
        await using var modern = await _hub.ConnectAsync(await _hub.CreateAsync("d5"), MqttVersion.V5);
        await _hub.Head.StopAsync();
        await old.ExpectCloseAsync();
        Assert.Equal(MqttReason.ServerShuttingDown, (await modern.ExpectDisconnectAsync()).Reason);
        Assert.Equal(0, _hub.Hub.Connections.Count);
        await Assert.ThrowsAnyAsync<System.Net.Sockets.SocketException>(() => _hub.OpenAsync());
    }

    public async ValueTask InitializeAsync()
    {
        _hub = await MqttTestHub.StartAsync();
        _device = await _hub.CreateAsync("d1");
    }

    public ValueTask DisposeAsync() => _hub.DisposeAsync();

    private static MqttConnect With(MqttConnect connect, string? userName = null, byte[]? password = null) => new()
    {
        Version = connect.Version,
        ClientId = connect.ClientId,
        CleanStart = connect.CleanStart,
        KeepAliveSeconds = connect.KeepAliveSeconds,
        UserName = userName ?? connect.UserName,
        Password = userName is null ? password : connect.Password,
    };

    private async Task<MqttReason> AnswerAsync(Func<MqttConnect, MqttConnect> change)
    {
        await using var client = await _hub.OpenAsync();
        await client.SendAsync(change(_hub.Connect(_device)));
        var answer = await client.ExpectConnAckAsync();
        if (answer.Reason != MqttReason.Success)
        {
            await client.ExpectCloseAsync();
        }

        return answer.Reason;
    }
}
