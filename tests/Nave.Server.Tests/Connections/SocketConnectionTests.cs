using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Nave.Server.Connections;

namespace Nave.Server.Tests.Connections;

/// <summary>Plain TCP on an event loop.</summary>
public sealed class SocketConnectionTests : ConnectionContract
{
    private EventLoop? _loop;

    private protected override async Task AcceptAsync(Socket listener, TaskCompletionSource accepted)
    {
        var buffer = Limits.ReadBytes * 2;
        _loop = new EventLoop("test", buffer, Clock, NullLogger<EventLoop>.Instance);
        _loop.Start();
        var socket = await listener.AcceptAsync(Token);
        socket.Blocking = false;
        var descriptor = (int)socket.SafeHandle.DangerousGetHandle();
        socket.SafeHandle.SetHandleAsInvalid(); // The loop owns it now.
        var connection = new SocketConnection(_loop, descriptor, Limits) { Handler = Handler };
        Handler.Connection = connection;
        _loop.Adopt(connection);
        accepted.SetResult();
    }

    private protected override Task StopAsync()
    {
        _loop?.Dispose();
        return Task.CompletedTask;
    }
}
