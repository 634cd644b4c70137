using System.Net.Security;
using System.Text;
using System.Text.Json;
using Nave.Amqp;
using Nave.Mqtt;
using Nave.Server.Tests.Amqp;
using Nave.Server.Tests.Hostile;
using Nave.Testing;

namespace Nave.Server.Tests.Provisioning;

/// <summary>Device provisioning over AMQP: each way to prove oneself, and both forms of answer.</summary>
public sealed class AmqpProvisioningTests : IAsyncLifetime
{
    private ProvisionedServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await ProvisionedServer.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData("bare")]
    [InlineData("absolute")]
    public async Task A_device_registers_with_PLAIN_and_connects_to_its_hub(string form)
    {
        var key = await _server.EnrollAsync("dev1");
        await using var client = await ConnectAsync(Plain("dev1", key));
        var address = $"{_server.IdScope}/registrations/dev1";
        var state = await RegisterAsync(client, form == "bare" ? address : $"amqps://{_server.HostName}/{address}");
        Assert.Equal(WholeServer.HostName, state.GetProperty("assignedHub").GetString());
        Assert.Equal(MqttReason.Success, await _server.ConnectToHubAsync("dev1", key));
    }

    [Fact]
    public async Task Whoever_has_proved_to_be_a_device_may_name_any_host()
    {
        var key = await _server.EnrollAsync("dev1");
        await using var client = await ConnectAsync(Plain("dev1", key), hostName: "some.other.name");
        await RegisterAsync(client, $"{_server.IdScope}/registrations/dev1");
    }

    [Fact]
    public async Task A_wrong_key_ends_SASL()
    {
        await _server.EnrollAsync("dev1");
        await using var client = await ConnectAsync(Plain("dev1", Convert.ToBase64String(new byte[32])));
        await Assert.ThrowsAnyAsync<Exception>(client.OpenedAsync);
    }

    [Fact]
    public async Task A_link_to_another_registration_is_refused_and_so_is_one_without_a_proof()
    {
        var key = await _server.EnrollAsync("dev1");
        await _server.EnrollAsync("dev2");
        await using (var client = await ConnectAsync(Plain("dev1", key)))
        {
            var sender = await client.SenderAsync($"{_server.IdScope}/registrations/dev2");
            Assert.Equal(AmqpCondition.UnauthorizedAccess, (await sender.Detached)!.Condition);
        }

        await using var stranger = await ConnectAsync(null, _server.HostName);
        var refused = await stranger.SenderAsync($"{_server.IdScope}/registrations/dev1");
        Assert.Equal(AmqpCondition.UnauthorizedAccess, (await refused.Detached)!.Condition);
    }

    [Fact]
    public async Task A_device_registers_with_its_certificate_without_SASL()
    {
        using var device = TestCertificates.Make(new CertificateRecipe("x1"));
        using var enrolled = await _server.PutAsync(
            "/enrollments/x1",
            $$$"""{"registrationId": "x1", "attestation": {"type": "x509", "x509": {"clientCertificates": {"primary": {"certificate": "{{{ProvisionedServer.Encoded(device)}}}" } } } } }""");
        var tls = WholeServer.TrustOf(_server.Whole.Server);
        tls.ClientCertificateContext = SslStreamCertificateContext.Create(device, [], offline: true);
        await using var client = await AmqpTestClient.ConnectAsync(
            _server.Whole.Server.Status.Ports.Amqp!.Value, new AmqpConnectionOptions { ContainerId = "test", HostName = _server.HostName }, tls);
        var state = await RegisterAsync(client, $"{_server.IdScope}/registrations/x1");
        Assert.Equal("x1", state.GetProperty("deviceId").GetString());
    }

    [Fact]
    public async Task A_device_registers_with_its_TPM_which_then_signs_for_the_hub()
    {
        var tpm = new SoftwareTpm();
        using var enrolled = await _server.PutAsync(
            "/enrollments/tpm1",
            $$$"""{"registrationId": "tpm1", "attestation": {"type": "tpm", "tpm": {"endorsementKey": "{{{Convert.ToBase64String(tpm.EndorsementKey)}}}" } } }""");
        await using var client = await ConnectAsync(new TpmClient(tpm, _server.IdScope, "tpm1"));
        var body = $$$"""{"registrationId": "tpm1", "tpm": {"endorsementKey": "{{{Convert.ToBase64String(tpm.EndorsementKey)}}}", "storageRootKey": "{{{Convert.ToBase64String(tpm.StorageRootKey)}}}" } }""";
        var state = await RegisterAsync(client, $"{_server.IdScope}/registrations/tpm1", body);
        tpm.Activate(Convert.FromBase64String(state.GetProperty("tpm").GetProperty("authenticationKey").GetString()!));

        await using var hub = await _server.OpenAsync();
        await hub.SendAsync(WholeServer.ConnectPacket("tpm1", TpmClient.Token(tpm, $"{WholeServer.HostName}/devices/tpm1", null)));
        Assert.Equal(MqttReason.Success, (await hub.ExpectConnAckAsync()).Reason);

        // Another TPM is not let in.
        await using var other = await ConnectAsync(new TpmClient(new SoftwareTpm(), _server.IdScope, "tpm1"));
        await Assert.ThrowsAnyAsync<Exception>(other.OpenedAsync);
    }

    [Fact]
    public async Task A_failure_is_the_outcome_rejected_with_JSON_in_its_description()
    {
        var key = await _server.EnrollAsync("dev1");
        await using var client = await ConnectAsync(Plain("dev1", key));
        var address = $"{_server.IdScope}/registrations/dev1";
        var replies = await client.ReceiverAsync(address);
        var sender = await client.SenderAsync(address);
        await AssertRejectedAsync(sender, Message("iotdps-get-operationstatus", "", "unknown"), 404);
        await AssertRejectedAsync(sender, Message("iotdps-register", "not JSON"), 400);
        await AssertRejectedAsync(sender, Message("iotdps-unheard-of", ""), 400);
        Assert.False(replies.TryReceive(out _));
    }

    private static async Task AssertRejectedAsync(TestSender sender, byte[] message, int status)
    {
        var outcome = await sender.SendAsync(message);
        Assert.Equal(AmqpOutcomeKind.Rejected, outcome.Kind);
        using var body = JsonDocument.Parse(outcome.Error!.Description!);
        Assert.Equal(status, body.RootElement.GetProperty("errorCode").GetInt32() / 1000);
    }

    private static byte[] Message(string operation, string body, string? operationId = null) => TestMessages.Of(writer =>
    {
        writer.Properties(new AmqpPropertiesFields { CorrelationId = "c1" });
        writer.ApplicationProperties(operationId is null
            ? AmqpMap.Strings(("iotdps-operation-type", operation))
            : AmqpMap.Strings(("iotdps-operation-type", operation), ("iotdps-operation-id", operationId)));
        writer.Data(Encoding.UTF8.GetBytes(body));
    });

    private static async Task<JsonElement> RegisterAsync(AmqpTestClient client, string address, string body = "")
    {
        var replies = await client.ReceiverAsync(address);
        var sender = await client.SenderAsync(address);
        var message = Message("iotdps-register", body);
        while (true)
        {
            Assert.Equal(AmqpOutcomeKind.Accepted, (await sender.SendAsync(message)).Kind);
            var reply = await replies.ReceiveAsync();
            Assert.Equal("c1", reply.CorrelationId.Text);
            using var answer = JsonDocument.Parse(reply.Body);
            if (answer.RootElement.GetProperty("status").GetString() != "assigning")
            {
                Assert.Equal("assigned", answer.RootElement.GetProperty("status").GetString());
                return answer.RootElement.GetProperty("registrationState").Clone();
            }

            // Both spellings: one SDK reads one, another the other.
            Assert.True(reply.Application["retry-after"].TryGetInteger(out var small) && small > 0);
            Assert.True(reply.Application["Retry-After"].TryGetInteger(out var large) && large == small);
            message = Message("iotdps-get-operationstatus", "", answer.RootElement.GetProperty("operationId").GetString());
        }
    }

    private AmqpSaslClient Plain(string registrationId, string key) => new()
    {
        Mechanism = AmqpSaslMechanism.Plain,
        InitialResponse = AmqpSaslPlain.Encode($"{_server.IdScope}/registrations/{registrationId}", _server.TokenFor(registrationId, key)),
    };

    private Task<AmqpTestClient> ConnectAsync(AmqpSaslClient? sasl, string? hostName = null) => AmqpTestClient.ConnectAsync(
        _server.Whole.Server.Status.Ports.Amqp!.Value,
        new AmqpConnectionOptions { ContainerId = "test", HostName = hostName ?? _server.HostName, Sasl = sasl },
        WholeServer.TrustOf(_server.Whole.Server));
}
