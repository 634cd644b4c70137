using System.Net.Security;
using System.Text.Json;
using Nave.Api;
using Nave.Mqtt;
using Nave.Server.Tests.Hostile;
using Nave.Server.Tests.Mqtt;
using Nave.Testing;

namespace Nave.Server.Tests.Provisioning;

/// <summary>Device provisioning over MQTT, packet by packet.</summary>
public sealed class MqttProvisioningTests : IAsyncLifetime
{
    private const string Responses = "$dps/registrations/res/#";

    private ProvisionedServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await ProvisionedServer.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_device_registers_asks_again_and_then_connects_to_its_hub()
    {
        var key = await _server.EnrollAsync("dev1", ", \"deviceId\": \"device-one\"");
        await using var client = await ConnectAsync("dev1", key);
        await client.SubscribeAsync(7, (Responses, MqttQos.AtLeastOnce));
        Assert.Equal([MqttReason.GrantedQos1], (await client.ExpectSubAckAsync()).Reasons);
        await client.PublishAsync("$dps/registrations/PUT/iotdps-register/?$rid=r%201", """{"registrationId": "dev1"}""", MqttQos.AtLeastOnce, 9);
        Assert.Equal(9, await client.ExpectPubAckAsync());
        var (status, query, body) = await ExpectAnswerAsync(client);
        Assert.StartsWith("$rid=r%201", query, StringComparison.Ordinal);
        var operation = body.GetProperty("operationId").GetString()!;
        while (status == 202)
        {
            Assert.Equal("assigning", body.GetProperty("status").GetString());
            Assert.EndsWith("&retry-after=3", query, StringComparison.Ordinal);
            await client.PublishAsync($"$dps/registrations/GET/iotdps-get-operationstatus/?$rid=2&operationId={operation}", " ");
            (status, query, body) = await ExpectAnswerAsync(client);
        }

        Assert.Equal(200, status);
        await client.PublishAsync($"$dps/registrations/GET/iotdps-get-operationstatus/?$rid=3&operationId={operation}", "");
        (status, query, body) = await ExpectAnswerAsync(client);
        Assert.Equal((200, "$rid=3"), (status, query));
        Assert.Equal("assigned", body.GetProperty("status").GetString());
        var state = body.GetProperty("registrationState");
        Assert.Equal(WholeServer.HostName, state.GetProperty("assignedHub").GetString());
        Assert.Equal("device-one", state.GetProperty("deviceId").GetString());
        Assert.Equal(MqttReason.Success, await _server.ConnectToHubAsync("device-one", key));
    }

    [Fact]
    public async Task A_device_of_a_group_registers_with_the_key_that_is_derived_for_it()
    {
        var groupKey = await _server.EnrollGroupAsync("g1");
        var key = ProvisionedServer.Derive(groupKey, "sn-007");
        await using var client = await ConnectAsync("sn-007", key);
        await RegisterAsync(client);
        Assert.Equal(MqttReason.Success, await _server.ConnectToHubAsync("sn-007", key));

        // The group's own key is no device's.
        Assert.Equal(MqttReason.NotAuthorized, await AnswerAsync("sn-008", _server.TokenFor("sn-008", groupKey)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_device_registers_with_its_certificate_alone_or_with_that_of_a_group(bool isGroup)
    {
        using var root = TestCertificates.Make(CertificateRecipe.Authority("Root"));
        using var issuing = TestCertificates.Make(CertificateRecipe.Authority("Issuing"), root);
        using var device = TestCertificates.Make(new CertificateRecipe("x1"), isGroup ? issuing : null);
        using var enrolled = isGroup
            ? await _server.PutAsync("/enrollmentGroups/g", $$$"""{"enrollmentGroupId": "g", "attestation": {"type": "x509", "x509": {"signingCertificates": {"primary": {"certificate": "{{{ProvisionedServer.Encoded(root)}}}" } } } } }""")
            : await _server.PutAsync("/enrollments/x1", $$$"""{"registrationId": "x1", "attestation": {"type": "x509", "x509": {"clientCertificates": {"primary": {"certificate": "{{{ProvisionedServer.Encoded(device)}}}" } } } } }""");
        await using (var client = await OpenTlsAsync(device, isGroup ? [issuing] : []))
        {
            await client.SendAsync(_server.ConnectPacket("x1", null));
            Assert.Equal(MqttReason.Success, (await client.ExpectConnAckAsync()).Reason);
            await RegisterAsync(client);
        }

        await using (var hub = await OpenTlsAsync(device, isGroup ? [issuing] : []))
        {
            await hub.SendAsync(new MqttConnect { ClientId = "x1", CleanStart = true, KeepAliveSeconds = 60, UserName = $"{WholeServer.HostName}/x1/?api-version=2021-04-12" });
            Assert.Equal(MqttReason.Success, (await hub.ExpectConnAckAsync()).Reason);
        }

        using var stranger = TestCertificates.Make(new CertificateRecipe("x1"));
        await using var refused = await OpenTlsAsync(stranger, []);
        await refused.SendAsync(_server.ConnectPacket("x1", null));
        Assert.Equal(MqttReason.NotAuthorized, (await refused.ExpectConnAckAsync()).Reason);
    }

    [Fact]
    public async Task Who_proves_nothing_is_refused_at_CONNECT()
    {
        var key = await _server.EnrollAsync("dev1");
        await _server.EnrollAsync("dev2");
        var other = Convert.ToBase64String(new byte[32]);
        Assert.Equal(MqttReason.Success, await AnswerAsync("dev1", _server.TokenFor("dev1", key)));
        Assert.Equal(MqttReason.NotAuthorized, await AnswerAsync("dev1", _server.TokenFor("dev1", other)));
        Assert.Equal(MqttReason.NotAuthorized, await AnswerAsync("dev1", _server.TokenFor("dev1", key, TimeSpan.FromMinutes(-10))));
        Assert.Equal(MqttReason.NotAuthorized, await AnswerAsync("dev2", _server.TokenFor("dev1", key)));
        Assert.Equal(MqttReason.NotAuthorized, await AnswerAsync("nobody", _server.TokenFor("nobody", key)));
        Assert.Equal(MqttReason.NotAuthorized, await AnswerAsync("dev1", null));
        var token = _server.TokenFor("dev1", key);
        Assert.Equal(MqttReason.NotAuthorized, await AnswerAsync("dev1", token, "0neFFFFFFFF/registrations/dev1/api-version=2019-03-31"));
        Assert.Equal(MqttReason.UnsupportedProtocolVersion, await AnswerAsync("dev1", token, $"{_server.IdScope}/registrations/dev1/api-version=latest"));
        Assert.Equal(
            MqttReason.NotAuthorized,
            await AnswerAsync("dev1", token, will: new MqttWill { Topic = "devices/dev1/messages/events/", Payload = new byte[1], Qos = MqttQos.AtMostOnce }));

        // With a question mark, as people write it by hand, and with the scope in small letters.
        Assert.Equal(MqttReason.Success, await AnswerAsync("dev1", token, $"{_server.IdScope}/registrations/dev1/?api-version=2019-03-31"));
    }

    [Fact]
    public async Task A_device_whose_enrollment_is_disabled_learns_it_from_the_answer()
    {
        var key = await _server.EnrollAsync("off", ", \"provisioningStatus\": \"disabled\"");
        await using var client = await ConnectAsync("off", key);
        await client.SubscribeAsync(1, (Responses, MqttQos.AtMostOnce));
        await client.ExpectSubAckAsync();
        await client.PublishAsync("$dps/registrations/PUT/iotdps-register/?$rid=1", "{}");
        var (_, _, body) = await ExpectAnswerAsync(client);
        Assert.Equal("disabled", body.GetProperty("status").GetString());
    }

    [Fact]
    public async Task An_error_is_the_status_in_the_topic_and_a_JSON_body()
    {
        var key = await _server.EnrollAsync("dev1");
        await using var client = await ConnectAsync("dev1", key);
        await client.SubscribeAsync(1, (Responses, MqttQos.AtLeastOnce));
        await client.ExpectSubAckAsync();
        await client.PublishAsync("$dps/registrations/PUT/iotdps-register/?$rid=1", "not JSON");
        var (status, query, body) = await ExpectAnswerAsync(client);
        Assert.Equal((400, "$rid=1"), (status, query));
        Assert.Equal(400, body.GetProperty("errorCode").GetInt32() / 1000);
        Assert.False(string.IsNullOrEmpty(body.GetProperty("trackingId").GetString()));
        await client.PublishAsync("$dps/registrations/GET/iotdps-get-operationstatus/?$rid=2&operationId=unknown", "");
        (status, query, body) = await ExpectAnswerAsync(client);
        Assert.Equal((404, "$rid=2"), (status, query));
        Assert.Equal(404, body.GetProperty("errorCode").GetInt32() / 1000);
    }

    [Fact]
    public async Task Topics_and_filters_of_others_are_refused()
    {
        var key = await _server.EnrollAsync("dev1");
        await using (var client = await ConnectAsync("dev1", key))
        {
            await client.SubscribeAsync(1, (Responses, MqttQos.ExactlyOnce), ("$iothub/methods/POST/#", MqttQos.AtLeastOnce), ("#", MqttQos.AtMostOnce));
            Assert.Equal(
                [MqttReason.GrantedQos1, MqttReason.UnspecifiedError, MqttReason.UnspecifiedError], (await client.ExpectSubAckAsync()).Reasons);
        }

        foreach (var topic in (string[])["devices/dev1/messages/events/", "$dps/registrations/POST/x/?$rid=1", "$dps/registrations/PUT/iotdps-register/"])
        {
            await using var client = await ConnectAsync("dev1", key);
            await client.PublishAsync(topic, "{}");
            await client.ExpectCloseAsync();
        }

        await using var exactly = await ConnectAsync("dev1", key);
        await exactly.PublishAsync("$dps/registrations/PUT/iotdps-register/?$rid=1", "{}", MqttQos.ExactlyOnce, 3);
        await exactly.ExpectCloseAsync();
    }

    [Fact]
    public async Task A_device_that_does_not_wait_for_answers_gets_none_and_is_registered_all_the_same()
    {
        var key = await _server.EnrollAsync("dev1");
        await using var client = await ConnectAsync("dev1", key);
        await client.PublishAsync("$dps/registrations/PUT/iotdps-register/?$rid=1", "{}", MqttQos.AtLeastOnce, 1);
        await client.ExpectPubAckAsync();
        await client.PingAsync();
        Assert.Equal(MqttReason.Success, await _server.ConnectToHubAsync("dev1", key));

        // After UNSUBSCRIBE the same.
        await client.SubscribeAsync(2, (Responses, MqttQos.AtLeastOnce));
        await client.ExpectSubAckAsync();
        await client.UnsubscribeAsync(3, Responses);
        await client.ExpectAsync(MqttPacketType.UnsubAck);
        await client.PublishAsync("$dps/registrations/PUT/iotdps-register/?$rid=2", "{}");
        await client.PingAsync();
    }

    [Fact]
    public async Task Many_requests_at_once_are_answered_one_after_the_other_in_their_order()
    {
        var key = await _server.EnrollAsync("dev1");
        await using var client = await ConnectAsync("dev1", key);
        await client.SubscribeAsync(1, (Responses, MqttQos.AtLeastOnce));
        await client.ExpectSubAckAsync();
        var burst = Enumerable.Range(0, 50).SelectMany(i => client.Publish($"$dps/registrations/PUT/iotdps-register/?$rid={i}", "{}"u8.ToArray())).ToArray();
        await client.SendAsync(burst);
        for (var i = 0; i < 50; i++)
        {
            var (_, query, _) = await ExpectAnswerAsync(client);
            Assert.StartsWith($"$rid={i}", query, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_connection_ends_with_its_token()
    {
        var key = await _server.EnrollAsync("dev1");
        await using var client = await _server.OpenAsync();
        await client.SendAsync(_server.ConnectPacket("dev1", _server.TokenFor("dev1", key, TimeSpan.FromSeconds(5))));
        Assert.Equal(MqttReason.Success, (await client.ExpectConnAckAsync()).Reason);
        await client.ExpectCloseAsync();
    }

    [Fact]
    public async Task A_hub_s_device_may_be_called_registrations()
    {
        foreach (var module in (string?[])[null, "m1"])
        {
            var id = module is null ? "registrations" : $"registrations/{module}";
            var created = await _server.Whole.Hub.Registry.CreateAsync(
                new DeviceIdentity { DeviceId = "registrations", ModuleId = module }, CancellationToken.None);
            await using var client = await _server.OpenAsync();
            await client.SendAsync(WholeServer.ConnectPacket(id, WholeServer.TokenFor(created.Value!)));
            Assert.Equal(MqttReason.Success, (await client.ExpectConnAckAsync()).Reason);
        }
    }

    private static async Task RegisterAsync(MqttTestClient client)
    {
        await client.SubscribeAsync(1, (Responses, MqttQos.AtLeastOnce));
        await client.ExpectSubAckAsync();
        await client.PublishAsync("$dps/registrations/PUT/iotdps-register/?$rid=1", "{}");
        var (status, _, body) = await ExpectAnswerAsync(client);
        while (status == 202)
        {
            var operation = body.GetProperty("operationId").GetString();
            await client.PublishAsync($"$dps/registrations/GET/iotdps-get-operationstatus/?$rid=1&operationId={operation}", "");
            (status, _, body) = await ExpectAnswerAsync(client);
        }

        Assert.Equal("assigned", body.GetProperty("status").GetString());
    }

    private static async Task<(int Status, string Query, JsonElement Body)> ExpectAnswerAsync(MqttTestClient client)
    {
        var message = await client.ExpectMessageAsync();
        var parts = message.Topic.Split('/', 5);
        Assert.Equal(["$dps", "registrations", "res"], parts[..3]);
        using var document = JsonDocument.Parse(message.Payload);
        return (int.Parse(parts[3], System.Globalization.CultureInfo.InvariantCulture), parts[4].TrimStart('?'), document.RootElement.Clone());
    }

    private async Task<MqttTestClient> ConnectAsync(string registrationId, string key)
    {
        var client = await _server.OpenAsync();
        await client.SendAsync(_server.ConnectPacket(registrationId, _server.TokenFor(registrationId, key)));
        Assert.Equal(MqttReason.Success, (await client.ExpectConnAckAsync()).Reason);
        return client;
    }

    private async Task<MqttReason> AnswerAsync(string registrationId, string? token, string? userName = null, MqttWill? will = null)
    {
        await using var client = await _server.OpenAsync();
        await client.SendAsync(_server.ConnectPacket(registrationId, token, userName, will));
        return (await client.ExpectConnAckAsync()).Reason;
    }

    private async Task<MqttTestClient> OpenTlsAsync(
        System.Security.Cryptography.X509Certificates.X509Certificate2 device, System.Security.Cryptography.X509Certificates.X509Certificate2[] chain)
    {
        var client = await MqttTestClient.OpenAsync(_server.Whole.Server.Status.Ports.Mqtt, MqttVersion.V311);
        var options = WholeServer.TrustOf(_server.Whole.Server);
        options.ClientCertificateContext = SslStreamCertificateContext.Create(device, [.. chain], offline: true);
        await client.UpgradeAsync(options);
        return client;
    }
}
