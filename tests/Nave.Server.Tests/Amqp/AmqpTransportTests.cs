using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Cryptography.X509Certificates;
using Nave.Amqp;
using Nave.Api;
using Nave.Server.Connections;
using Nave.Server.Tests.Mqtt;

namespace Nave.Server.Tests.Amqp;

/// <summary>TLS, client certificates and WebSockets.</summary>
public sealed class AmqpTransportTests : IAsyncLifetime
{
    private AmqpTestHub _hub = null!;

    public async ValueTask InitializeAsync() => _hub = await AmqpTestHub.StartAsync();

    public ValueTask DisposeAsync() => _hub.DisposeAsync();

    [Fact]
    public async Task Tokens_work_over_TLS()
    {
        var device = await _hub.CreateAsync("d1");
        await using var client = await _hub.OpenTlsAsync();
        Assert.Equal(200, await client.PutTokenAsync(_hub.TokenFor(device)));
        var sender = await client.SenderAsync("/devices/d1/messages/events");
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 500).Select(i => sender.SendAsync(TestMessages.Data($"{i}"))));
        Assert.All(outcomes, outcome => Assert.Equal(AmqpOutcomeKind.Accepted, outcome.Kind));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(AmqpSaslMechanism.External)]
    [InlineData(AmqpSaslMechanism.Anonymous)]
    public async Task A_client_certificate_is_all_that_its_device_needs(string? mechanism)
    {
        using var certificate = MqttTestHub.SelfSigned("x1");
        await _hub.CreateAsync("x1", authentication: new DeviceAuthentication
        {
            Type = AuthenticationType.SelfSigned, X509Thumbprint = new X509Thumbprints { PrimaryThumbprint = certificate.Thumbprint },
        });
        await _hub.CreateAsync("x2");
        var sasl = mechanism is null ? null : new AmqpSaslClient { Mechanism = mechanism, InitialResponse = [] };
        await using var client = await _hub.OpenTlsAsync(certificate, sasl);
        var sender = await client.SenderAsync("/devices/x1/messages/events");
        Assert.Equal(AmqpOutcomeKind.Accepted, (await sender.SendAsync(TestMessages.Data("x"))).Kind);
        Assert.Contains("x509", Assert.Single(await _hub.ReadTelemetryAsync()).AuthMethod, StringComparison.Ordinal);
        var other = await client.SenderAsync("/devices/x2/messages/events");
        Assert.Equal(AmqpCondition.UnauthorizedAccess, (await other.Detached)!.Condition);
    }

    [Fact]
    public async Task Another_certificate_than_the_configured_one_is_refused()
    {
        using var certificate = MqttTestHub.SelfSigned("x1");
        using var wrong = MqttTestHub.SelfSigned("x1");
        await _hub.CreateAsync("x1", authentication: new DeviceAuthentication
        {
            Type = AuthenticationType.SelfSigned, X509Thumbprint = new X509Thumbprints { PrimaryThumbprint = certificate.Thumbprint },
        });
        await using var client = await _hub.OpenTlsAsync(wrong);
        var sender = await client.SenderAsync("/devices/x1/messages/events");
        Assert.Equal(AmqpCondition.UnauthorizedAccess, (await sender.Detached)!.Condition);
    }

    [Fact]
    public async Task A_WebSocket_carries_the_same_bytes()
    {
        var device = await _hub.CreateAsync("d1");
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var outgoing = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        var connecting = outgoing.ConnectAsync(listener.LocalEndPoint!, TestContext.Current.CancellationToken).AsTask();
        var accepted = await listener.AcceptAsync(TestContext.Current.CancellationToken);
        await connecting;
        var served = _hub.Head.RunAsync(
            WebSocket.CreateFromStream(new NetworkStream(accepted, ownsSocket: true), new WebSocketCreationOptions { IsServer = true }),
            new X509Certificate2Collection());
        var socket = WebSocket.CreateFromStream(new NetworkStream(outgoing, ownsSocket: true), new WebSocketCreationOptions { IsServer = false });
        var client = await AmqpTestClient.StartAsync(
            new WebSocketByteStream(socket), new AmqpConnectionOptions { ContainerId = "test", HostName = AmqpTestHub.HostName });
        Assert.Equal(200, await client.PutTokenAsync(_hub.TokenFor(device)));
        var sender = await client.SenderAsync("/devices/d1/messages/events");
        Assert.Equal(AmqpOutcomeKind.Accepted, (await sender.SendAsync(TestMessages.Data(new string('x', 200_000)))).Kind);
        Assert.NotNull(_hub.Hub.Connections.Find(device.Id));

        // Closed by the protocol: the server's last word arrives before the connection ends.
        await client.CloseAsync();
        await client.DisposeAsync();
        await served.WaitAsync(Nave.Testing.TestDeadline.Default, TestContext.Current.CancellationToken);
    }
}
