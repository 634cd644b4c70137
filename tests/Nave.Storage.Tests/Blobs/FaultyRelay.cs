using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Nave.Storage.Tests.Blobs;

/// <summary>Passes connections on to a server; some of them break, in the order in which the breaks were ordered.</summary>
internal sealed class FaultyRelay : IAsyncDisposable
{
    private readonly Uri _server;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentQueue<Fault> _faults = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;

    public FaultyRelay(Uri server)
    {
        _server = server;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public string Authority => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    /// <summary>Gets how many breaks are yet to come.</summary>
    public int Left => _faults.Count;

    /// <summary>Breaks a connection once so many bytes of answers have passed.</summary>
    public static Fault CutAfter(int bytes) => new(null, bytes, false);

    /// <summary>Lets one answer pass, whole, and closes.</summary>
    public static Fault Close() => new(null, int.MaxValue, true);

    /// <summary>Passes the request and drops the answer.</summary>
    public static Fault LoseAnswer() => new(null, 0, false);

    /// <summary>Answers in the server's place.</summary>
    public static Fault Answer(string status) => new($"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", 0, false);

    /// <summary>Breaks the next connections.</summary>
    public void Break(params Fault[] faults)
    {
        foreach (var fault in faults)
        {
            _faults.Enqueue(fault);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var passing = new List<Task>();
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                passing.Add(PassAsync(await _listener.AcceptTcpClientAsync(_stop.Token), _faults.TryDequeue(out var fault) ? fault : null));
            }
            catch (OperationCanceledException)
            {
                break;
            }
        }

        await Task.WhenAll(passing);
    }

    private async Task PassAsync(TcpClient client, Fault? fault)
    {
        try
        {
            using (client)
            {
                var near = client.GetStream();
                if (fault?.Text is { } text)
                {
                    // What was not read would become a reset, which overtakes the answer.
                    await ReadRequestAsync(near);
                    await near.WriteAsync(Encoding.ASCII.GetBytes(text), _stop.Token);
                    return;
                }

                using var server = new TcpClient();
                await server.ConnectAsync(_server.Host, _server.Port, _stop.Token);
                var far = server.GetStream();
                var up = near.CopyToAsync(far, _stop.Token);
                await PassAnswersAsync(far, near, fault);
                client.Close();
                server.Close();
                await up;
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // One of the sides has gone.
        }
    }

    private async Task PassAnswersAsync(NetworkStream far, NetworkStream near, Fault? fault)
    {
        var left = fault?.AnswerBytes ?? int.MaxValue;
        var buffer = new byte[16 * 1024];
        int read;
        while ((read = await far.ReadAsync(buffer, _stop.Token)) > 0)
        {
            await near.WriteAsync(buffer.AsMemory(0, Math.Min(read, left)), _stop.Token);
            if (fault is not null && (left <= read || fault.CloseAfterAnswer))
            {
                return;
            }

            left = fault is null ? left : left - read;
        }
    }

    private async Task ReadRequestAsync(NetworkStream near)
    {
        var text = new StringBuilder();
        var buffer = new byte[16 * 1024];
        int end;
        while ((end = text.ToString().IndexOf("\r\n\r\n", StringComparison.Ordinal)) < 0)
        {
            await ReadMoreAsync();
        }

        var length = text.ToString().Split("\r\n").FirstOrDefault(static line => line.StartsWith("Content-Length: ", StringComparison.OrdinalIgnoreCase));
        var total = end + 4 + (length is null ? 0 : int.Parse(length["Content-Length: ".Length..], CultureInfo.InvariantCulture));
        while (text.Length < total)
        {
            await ReadMoreAsync();
        }

        async Task ReadMoreAsync()
        {
            var read = await near.ReadAsync(buffer, _stop.Token);
            text.Append(read > 0 ? Encoding.Latin1.GetString(buffer, 0, read) : throw new IOException("The request ended early."));
        }
    }

    /// <summary>What becomes of a connection.</summary>
    /// <param name="Text">The answer in the server's place, if any.</param>
    /// <param name="AnswerBytes">How much of the server's answers passes.</param>
    /// <param name="CloseAfterAnswer">Whether it ends after the first answer, which has to come in one piece.</param>
    internal sealed record Fault(string? Text, int AnswerBytes, bool CloseAfterAnswer);
}
