using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Nave.Client.Tests.Fakes;

/// <summary>An HTTPS listener that answers each request from a script, one a connection.</summary>
internal sealed class FakeHttps : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Queue<string> _answers;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;

    /// <summary>An answer that breaks off: without a byte of answer, HttpClient would repeat the request by itself.</summary>
    public const string CutOff = "HTTP/1.1 2";

    /// <param name="answers">Status line, headers and body of each.</param>
    public FakeHttps(params string[] answers)
    {
        _answers = new Queue<string>(answers);
        Certificate = FakeCertificate.Create("hub.test");
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public X509Certificate2 Certificate { get; }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Gets the requests as they came.</summary>
    public List<string> Requests { get; } = [];

    public static string Answer(int status, string body, string headers = "") =>
        $"HTTP/1.1 {status} X\r\nContent-Type: application/json; charset=utf-8\r\nConnection: close\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n{headers}\r\n{body}";

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        Certificate.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                using var socket = await _listener.AcceptSocketAsync(_stop.Token);
                await using var tls = new SslStream(new NetworkStream(socket));
                await tls.AuthenticateAsServerAsync(Certificate);
                if (await ReadAsync(tls) is not { Length: > 0 } request)
                {
                    continue;
                }

                Requests.Add(request);
                await tls.WriteAsync(Encoding.UTF8.GetBytes(_answers.Dequeue()));
            }
            catch (Exception e) when (e is IOException or OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // A client that does not trust the certificate leaves; the next one is served.
            }
        }
    }

    private static async Task<string> ReadAsync(Stream stream)
    {
        var text = new StringBuilder();
        var buffer = new byte[64 * 1024];
        while (true)
        {
            var count = await stream.ReadAsync(buffer);
            text.Append(Encoding.Latin1.GetString(buffer, 0, count));
            var request = text.ToString();
            var head = request.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (head < 0 && count > 0)
            {
                continue;
            }

            var length = request.Split("\r\n").FirstOrDefault(l => l.StartsWith("Content-Length: ", StringComparison.OrdinalIgnoreCase))?[16..] ?? "0";
            if (count == 0 || request.Length - head - 4 >= int.Parse(length, System.Globalization.CultureInfo.InvariantCulture))
            {
                return request;
            }
        }
    }
}
