using System.Security.Cryptography.X509Certificates;
using Nave.Api;
using Nave.Client.Tests.Fakes;
using Nave.Mqtt;

namespace Nave.Client.Tests.Transport;

public sealed class TransportTests
{
    [Theory]
    [InlineData(ClientTransport.Mqtt)]
    [InlineData(ClientTransport.MqttWebSocket)]
    [InlineData(ClientTransport.MqttPlain)]
    public async Task Events_of_any_size_pass_over_each_transport(ClientTransport transport)
    {
        await using var hub = new FakeHub(transport);
        await using var client = DeviceClient.Create(
            IotHubConnectionString.Parse("HostName=hub.test;DeviceId=d;SharedAccessKey=MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="),
            Options(hub, transport));
        var opened = client.ConnectAsync();
        var connection = await hub.NextAsync();
        await opened.WaitAsync(Deadline.Default);
        foreach (var size in (int[])[0, 1, 200, 70_000, 262_144])
        {
            var body = new byte[size];
            new Random(size).NextBytes(body);
            var send = client.SendEventAsync(body).AsTask();
            var packet = await connection.NextAsync();
            Assert.Equal(body, packet.Payload);
            await connection.AcknowledgeAsync(packet.PacketId);
            await send.WaitAsync(Deadline.Default);
        }

        await client.DisposeAsync();
        Assert.Equal(MqttPacketType.Disconnect, (await connection.NextAsync()).Type);
        if (transport == ClientTransport.MqttWebSocket)
        {
            Assert.StartsWith("GET /$iothub/websocket HTTP/1.1\r\n", hub.Upgrade, StringComparison.Ordinal);
            Assert.Contains("\r\nHost: hub.test\r\n", hub.Upgrade, StringComparison.Ordinal);
            Assert.Contains("\r\nSec-WebSocket-Protocol: mqtt\r\n", hub.Upgrade, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(ClientTransport.Mqtt)]
    [InlineData(ClientTransport.MqttWebSocket)]
    public async Task A_device_with_a_certificate_shows_it_and_has_no_password(ClientTransport transport)
    {
        await using var hub = new FakeHub(transport);
        using var certificate = FakeCertificate.Create("d");
        await using var client = DeviceClient.Create(
            IotHubConnectionString.Parse("HostName=hub.test;DeviceId=d;x509=true"), certificate, Options(hub, transport));
        var opened = client.ConnectAsync();
        var connection = await hub.NextAsync();
        await opened.WaitAsync(Deadline.Default);
        Assert.Null(connection.Connect!.Password);
        Assert.Equal(certificate.Thumbprint, connection.ClientCertificate!.Thumbprint);
    }

    [Theory]
    [InlineData(ClientTransport.Mqtt)]
    [InlineData(ClientTransport.MqttWebSocket)]
    public async Task A_hub_that_another_authority_signed_is_not_trusted(ClientTransport transport)
    {
        await using var hub = new FakeHub(transport);
        await using var client = DeviceClient.Create(
            IotHubConnectionString.Parse("HostName=hub.test;DeviceId=d;SharedAccessKey=MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="),
            Options(hub, transport) with { TrustedRoots = null });
        var error = await Assert.ThrowsAsync<DeviceClientException>(() => client.ConnectAsync().WaitAsync(Deadline.Default));
        Assert.Equal(DeviceClientError.NotConnected, error.Error);
    }

    [Fact]
    public async Task A_closed_port_is_said_with_its_address()
    {
        var hub = new FakeHub();
        var options = Options(hub, ClientTransport.MqttPlain);
        await hub.DisposeAsync();
        await using var client = DeviceClient.Create(
            IotHubConnectionString.Parse("HostName=hub.test;DeviceId=d;SharedAccessKey=MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="), options);
        var error = await Assert.ThrowsAsync<DeviceClientException>(() => client.ConnectAsync().WaitAsync(Deadline.Default));
        Assert.Contains($"127.0.0.1:{options.Endpoint.Port}", error.Message, StringComparison.Ordinal);
    }

    private static DeviceClientOptions Options(FakeHub hub, ClientTransport transport) => new()
    {
        Transport = transport,
        Endpoint = new ClientEndpoint { Host = "127.0.0.1", Port = hub.Port },
        TrustedRoots = [X509CertificateLoader.LoadCertificate(hub.Certificate.RawData)],
    };
}
