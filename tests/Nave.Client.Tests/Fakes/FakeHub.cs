using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Nave.Mqtt;

namespace Nave.Client.Tests.Fakes;

/// <summary>A listener that misbehaves on demand. Real behaviour is tested against the real server; this makes the faults.</summary>
internal sealed class FakeHub : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Channel<FakeConnection> _connections = Channel.CreateBounded<FakeConnection>(64);
    private readonly CancellationTokenSource _stop = new();
    private readonly List<FakeConnection> _all = [];
    private readonly Task _accepting;

    public FakeHub()
    {
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public MqttReason Answer { get; set; }

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

        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptSocketAsync(_stop.Token);
                var connection = new FakeConnection(socket);
                _all.Add(connection);
                if (await connection.StartAsync(Answer))
                {
                    await _connections.Writer.WriteAsync(connection, _stop.Token);
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test ends.
        }
    }
}
