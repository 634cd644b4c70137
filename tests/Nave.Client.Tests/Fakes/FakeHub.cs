using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Threading.Channels;
using Nave.Mqtt;

namespace Nave.Client.Tests.Fakes;

/// <summary>A listener that misbehaves on demand. Real behaviour is tested against the real server; this makes the faults.</summary>
internal sealed class FakeHub : IAsyncDisposable
{
    private readonly ClientTransport _transport;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Channel<FakeConnection> _connections = Channel.CreateBounded<FakeConnection>(64);
    private readonly CancellationTokenSource _stop = new();
    private readonly List<FakeConnection> _all = [];
    private readonly Task _accepting;

    public FakeHub(ClientTransport transport = ClientTransport.MqttPlain)
    {
        _transport = transport;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public X509Certificate2 Certificate { get; } = FakeCertificate.Create("hub.test");

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public MqttReason Answer { get; set; }

    /// <summary>Gets the head of the last WebSocket upgrade.</summary>
    public string Upgrade { get; private set; } = string.Empty;

    /// <summary>Waits for the next connection; its CONNECT was read and answered.</summary>
    public async Task<FakeConnection> NextAsync() => await _connections.Reader.ReadAsync(_stop.Token).AsTask().WaitAsync(Deadline.Default);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        foreach (var connection in _all)
        {
            connection.Dispose();
        }

        Certificate.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var socket = await _listener.AcceptSocketAsync(_stop.Token);
                var connection = await OpenAsync(new NetworkStream(socket, ownsSocket: true));
                _all.Add(connection);
                if (await connection.StartAsync(Answer))
                {
                    await _connections.Writer.WriteAsync(connection, _stop.Token);
                }
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException or IOException)
            {
                // The test ends, or a client left; the next one is served.
            }
        }
    }

    private async Task<FakeConnection> OpenAsync(Stream stream)
    {
        if (_transport == ClientTransport.MqttPlain)
        {
            return new FakeConnection(stream);
        }

        var tls = new SslStream(stream);
        await tls.AuthenticateAsServerAsync(
            new SslServerAuthenticationOptions
            {
                ServerCertificate = Certificate,
                ClientCertificateRequired = true,
                RemoteCertificateValidationCallback = (_, _, _, errors) => errors != SslPolicyErrors.RemoteCertificateNameMismatch,
            },
            _stop.Token);
        var certificate = tls.RemoteCertificate as X509Certificate2;
        return new FakeConnection(_transport == ClientTransport.Mqtt ? tls : await UpgradeAsync(tls)) { ClientCertificate = certificate };
    }

    private async Task<Stream> UpgradeAsync(SslStream tls)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            await tls.ReadExactlyAsync(one, _stop.Token);
            head.Append((char)one[0]);
        }

        Upgrade = head.ToString();
        var key = Upgrade.Split("\r\n").Single(l => l.StartsWith("Sec-WebSocket-Key: ", StringComparison.OrdinalIgnoreCase))[19..];

        // RFC 6455 section 4.2.2: the protocol itself asks for SHA-1.
#pragma warning disable CA5350
        var accept = Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")));
#pragma warning restore CA5350
        await tls.WriteAsync(
            Encoding.ASCII.GetBytes($"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Protocol: mqtt\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"),
            _stop.Token);
        var socket = WebSocket.CreateFromStream(tls, new WebSocketCreationOptions { IsServer = true, SubProtocol = "mqtt" });
        return WebSocketStream.Create(socket, WebSocketMessageType.Binary, ownsWebSocket: true);
    }
}
