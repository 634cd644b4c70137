using System.Net.Sockets;
using Nave.Server.Connections;

namespace Nave.Server.Tests.Connections;

/// <summary>A connection over a stream, as TLS and WebSocket have it.</summary>
public sealed class StreamConnectionTests : ConnectionContract
{
    private StreamLane? _lane;
    private Task _served = Task.CompletedTask;

    private protected override async Task AcceptAsync(Socket listener, TaskCompletionSource accepted)
    {
        _lane = new StreamLane(Clock);
        var socket = await listener.AcceptAsync(Token);
        var connection = new StreamConnection(_lane, new NetworkStream(socket, ownsSocket: true), Limits, TimeProvider.System) { Handler = Handler };
        Handler.Connection = connection;
        _served = connection.RunAsync();
        accepted.SetResult();
    }

    private protected override async Task StopAsync()
    {
        if (_lane is not null)
        {
            await _lane.StopAsync();
            await _served;
            _lane.Dispose();
        }
    }
}
