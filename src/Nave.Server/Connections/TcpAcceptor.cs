using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;

namespace Nave.Server.Connections;

/// <summary>A listening TCP socket of an <see cref="AcceptLoop"/>.</summary>
internal sealed unsafe partial class TcpAcceptor : IDisposable
{
    // Between two looks at the other listeners.
    private const int BurstSize = 64;

    private readonly Socket _socket;
    private readonly AcceptGate _gate;
    private readonly Action<int> _accepted;
    private readonly ILogger _logger;

    /// <summary>Binds and listens.</summary>
    /// <param name="endPoint">Where; port 0 = any.</param>
    /// <param name="gate">How many may come.</param>
    /// <param name="accepted">Owns the non-blocking descriptor from then on, and calls <see cref="AcceptGate.Leave"/> when it is closed.</param>
    /// <param name="logger">For trouble.</param>
    /// <exception cref="SocketException">The address is in use or may not be bound.</exception>
    public TcpAcceptor(IPEndPoint endPoint, AcceptGate gate, Action<int> accepted, ILogger logger)
    {
        _gate = gate;
        _accepted = accepted;
        _logger = logger;
        _socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (endPoint.AddressFamily == AddressFamily.InterNetworkV6 && endPoint.Address.Equals(IPAddress.IPv6Any))
            {
                _socket.DualMode = true;
            }

            // Accepted sockets inherit it: an acknowledgement is never held back for the next one.
            _socket.NoDelay = true;
            _socket.Blocking = false;
            _socket.Bind(endPoint);
            _socket.Listen(4096);
        }
        catch (SocketException)
        {
            _socket.Dispose();
            throw;
        }
    }

    /// <summary>Gets the address that was bound.</summary>
    public IPEndPoint EndPoint => (IPEndPoint)_socket.LocalEndPoint!;

    internal int Descriptor => (int)_socket.SafeHandle.DangerousGetHandle();

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    /// <summary>Accepts what waits, up to a burst.</summary>
    /// <returns><see langword="false"/> if it should not be asked again in this second.</returns>
    internal bool Accept()
    {
        for (var i = 0; i < BurstSize; i++)
        {
            if (_gate.IsRateReached)
            {
                return false;
            }

            var fd = LibC.Accept(Descriptor, null, null, LibC.NonBlocking | LibC.CloseOnExec);
            if (fd >= 0)
            {
                if (_gate.TryEnter())
                {
                    _accepted(fd);
                }
                else
                {
                    _ = LibC.Close(fd);
                }

                continue;
            }

            var error = Marshal.GetLastPInvokeError();
            if (error is LibC.Emfile or LibC.Enfile)
            {
                Log.OutOfDescriptors(_logger, _gate.Open);
                return false;
            }

            // Anything else is EAGAIN, or trouble of the one peer that was to be accepted.
            if (error != LibC.Eintr)
            {
                break;
            }
        }

        return true;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "No more file descriptors at {Open} connections; new ones wait. Raise the limit (ulimit -n).")]
        public static partial void OutOfDescriptors(ILogger logger, int open);
    }
}
