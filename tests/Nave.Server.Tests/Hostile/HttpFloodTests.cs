using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Nave.Testing;

namespace Nave.Server.Tests.Hostile;

/// <summary>Peers of the HTTPS port that are slow, large, many or no WebSockets.</summary>
[Collection(nameof(Alone))]
public sealed class HttpFloodTests : IAsyncLifetime
{
    private const string Upgrade =
        "GET /$iothub/websocket HTTP/1.1\r\nHost: hub.localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

    private readonly TemporaryFolder _folder = new();
    private WholeServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await WholeServer.StartAsync(_folder.Path);

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Slow_headers_slow_bodies_and_silent_connections_are_cut_while_others_are_served()
    {
        var token = _server.TokenOf("iothubowner");
        var before = Measurement.LiveBytes();
        var slow = new List<Task>();
        for (var i = 0; i < 40; i++)
        {
            slow.Add(DripAsync("GET /livez HTTP/1.1\r\n", "X-Slow: 1\r\n"));
            slow.Add(DripAsync($"PUT /devices/slow?api-version=2021-04-12 HTTP/1.1\r\nHost: hub.localhost\r\nAuthorization: {token}\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n", "{"));
        }

        var watch = Stopwatch.StartNew();
        var all = Task.WhenAll(slow);
        while (!all.IsCompleted)
        {
            Assert.Equal(HttpStatusCode.OK, await _server.StatusAsync("GET", "/livez"));
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(90), "A slow sender was not cut.");
            await Task.WhenAny(all, Task.Delay(TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken));
        }

        await all;
        await Measurement.AssertGrowthAsync(before, 4 << 20, "80 slow senders, when they are cut");
    }

    [Fact]
    public async Task Requests_that_are_too_large_in_any_part_are_refused()
    {
        Assert.Contains(" 431 ", await AnswerAsync($"GET /livez HTTP/1.1\r\nHost: hub.localhost\r\nX-Large: {new string('x', 40_000)}\r\n\r\n"), StringComparison.Ordinal);
        var many = string.Concat(Enumerable.Range(0, 500).Select(i => $"X-{i}: 1\r\n"));
        Assert.Contains(" 431 ", await AnswerAsync($"GET /livez HTTP/1.1\r\nHost: hub.localhost\r\n{many}\r\n"), StringComparison.Ordinal);
        Assert.Contains(" 414 ", await AnswerAsync($"GET /{new string('x', 20_000)} HTTP/1.1\r\nHost: hub.localhost\r\n\r\n"), StringComparison.Ordinal);
        Assert.Contains(" 413 ", await AnswerAsync("PUT /devices/x?api-version=2021-04-12 HTTP/1.1\r\nHost: hub.localhost\r\nContent-Length: 268435456\r\n\r\n", _server.TokenOf("iothubowner")), StringComparison.Ordinal);
        Assert.Contains(" 401 ", await AnswerAsync("PUT /devices/x?api-version=2021-04-12 HTTP/1.1\r\nHost: hub.localhost\r\nContent-Length: 1000000\r\n\r\n"), StringComparison.Ordinal);
        Assert.Contains(" 400 ", await AnswerAsync("GET /livez HTTP/1.1\r\nHost: hub.localhost\r\nContent-Length: 5\r\nTransfer-Encoding: nonsense\r\n\r\nabcde"), StringComparison.Ordinal);
        Assert.Contains(" 400 ", await AnswerAsync("nonsense\r\n\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_in_chunks_that_never_ends_is_cut_at_the_limit()
    {
        await using var tls = await OpenAsync();
        await WriteAsync(tls, $"POST /devices/query?api-version=2021-04-12 HTTP/1.1\r\nHost: hub.localhost\r\nAuthorization: {_server.TokenOf("iothubowner")}\r\nTransfer-Encoding: chunked\r\n\r\n");
        var before = Measurement.LiveBytes();
        var chunk = Encoding.ASCII.GetBytes($"10000\r\n{new string(' ', 65536)}\r\n");
        var sent = 0L;
        try
        {
            while (sent < 64 << 20)
            {
                await tls.WriteAsync(chunk, TestContext.Current.CancellationToken);
                sent += chunk.Length;
            }
        }
        catch (IOException)
        {
            // Cut.
        }

        Assert.True(sent < 32 << 20, $"{sent} bytes of a body were taken.");
        await TestDeadline.UntilAsync(() => Measurement.LiveBytes() - before < 4 << 20, "the body is forgotten");
    }

    [Fact]
    public async Task Hundreds_of_idle_connections_do_not_keep_others_out()
    {
        var before = Measurement.LiveBytes();
        var idle = new List<SslStream>();
        for (var i = 0; i < 300; i++)
        {
            idle.Add(await OpenAsync());
        }

        // Both sides together, each with its TLS state.
        await Measurement.AssertGrowthAsync(before, 300 * 100L * 1024, "300 idle HTTPS connections");
        Assert.Equal(HttpStatusCode.OK, await _server.StatusAsync("GET", "/livez"));
        foreach (var tls in idle)
        {
            await tls.DisposeAsync();
        }

        Assert.Equal(HttpStatusCode.OK, await _server.StatusAsync("GET", "/readyz"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("Sec-WebSocket-Protocol: soap\r\n")]
    [InlineData("Sec-WebSocket-Protocol: mqttx, AMQPWSB9\r\n")]
    public async Task A_WebSocket_without_a_sub_protocol_of_ours_is_not_opened(string header) =>
        Assert.Contains(" 400 ", await AnswerAsync(Upgrade + header + "\r\n"), StringComparison.Ordinal);

    public static TheoryData<string, byte[]> Garbage => new()
    {
        { "text", [0x81, 0x82, 0, 0, 0, 0, (byte)'h', (byte)'i'] },
        { "not masked", [0x82, 0x02, 0x10, 0x00] },
        { "reserved bits", [0xF2, 0x82, 0, 0, 0, 0, 1, 2] },
        { "a reserved opcode", [0x83, 0x82, 0, 0, 0, 0, 1, 2] },
        { "2^63 bytes declared", [0x82, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 0x10, 0x7F] },
        { "a length with its sign bit", [0x82, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 0x10] },
        { "a long ping", [0x89, 0xFE, 0x01, 0x00, 0, 0, 0, 0] },
        { "a continuation of nothing", [0x80, 0x82, 0, 0, 0, 0, 1, 2] },
        { "a packet bomb in a frame", [0x82, 0x85, 0, 0, 0, 0, 0x10, 0xFF, 0xFF, 0xFF, 0x7F] },
        { "an acknowledgement in a frame", [0x82, 0x84, 0, 0, 0, 0, 0x40, 2, 0, 1] },
        { "noise", RandomNumberGenerator.GetBytes(4000) },
    };

    [Theory]
    [MemberData(nameof(Garbage))]
    public async Task Garbage_in_a_WebSocket_ends_it_at_once_and_a_silent_one_after_the_time_out(string what, byte[] garbage)
    {
        await using var tls = await OpenAsync();
        await WriteAsync(tls, Upgrade + "Sec-WebSocket-Protocol: mqtt\r\n\r\n");
        Assert.Contains(" 101 ", await ReadSomeAsync(tls), StringComparison.Ordinal);
        var watch = Stopwatch.StartNew();
        await tls.WriteAsync(garbage, TestContext.Current.CancellationToken);
        await ExpectEndAsync(tls);

        // 20 s for what is a legal beginning of something (a frame of noise may be); what is clearly none ends at once.
        Assert.True(watch.Elapsed < TestDeadline.Default, $"{what}: the connection ended after {watch.Elapsed}.");
        Assert.Equal(HttpStatusCode.OK, await _server.StatusAsync("GET", "/livez"));
    }

    [Fact]
    public async Task Half_open_WebSockets_are_closed_after_the_time_out()
    {
        var before = Measurement.LiveBytes();
        var watch = Stopwatch.StartNew();
        var silent = new List<SslStream>();
        for (var i = 0; i < 100; i++)
        {
            var tls = await OpenAsync();
            await WriteAsync(tls, Upgrade + "Sec-WebSocket-Protocol: mqtt\r\n\r\n");
            Assert.Contains(" 101 ", await ReadSomeAsync(tls), StringComparison.Ordinal);
            silent.Add(tls);
        }

        await Task.WhenAll(silent.Select(ExpectEndAsync));
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(60), $"They were there for {watch.Elapsed}; the time-out is 20 s.");
        foreach (var tls in silent)
        {
            await tls.DisposeAsync();
        }

        silent.Clear();
        await TestDeadline.UntilAsync(() => Measurement.LiveBytes() - before < 4 << 20, "half-open WebSockets are forgotten");
    }

    // A beginning, and then one more piece a second, for as long as the server stands it.
    private async Task DripAsync(string beginning, string piece)
    {
        await using var tls = await OpenAsync();
        await WriteAsync(tls, beginning);
        var end = ExpectEndAsync(tls);
        while (!end.IsCompleted)
        {
            try
            {
                await WriteAsync(tls, piece);
            }
            catch (IOException)
            {
                return;
            }

            await Task.WhenAny(end, Task.Delay(TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken));
        }
    }

    private async Task<string> AnswerAsync(string request, string? token = null)
    {
        await using var tls = await OpenAsync();
        try
        {
            await WriteAsync(tls, token is null ? request : request.Replace("\r\n\r\n", $"\r\nAuthorization: {token}\r\n\r\n", StringComparison.Ordinal));
        }
        catch (IOException)
        {
            // Refused before it was sent whole; the answer is there.
        }

        return await ReadSomeAsync(tls);
    }

    private async Task<SslStream> OpenAsync()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, _server.HttpsPort), TestContext.Current.CancellationToken);
        var tls = new SslStream(new NetworkStream(socket, ownsSocket: true));
        await tls.AuthenticateAsClientAsync(WholeServer.TrustOf(_server.Server), TestContext.Current.CancellationToken);
        return tls;
    }

    private static async Task WriteAsync(SslStream tls, string text) =>
        await tls.WriteAsync(Encoding.Latin1.GetBytes(text), TestContext.Current.CancellationToken);

    private static async Task<string> ReadSomeAsync(SslStream tls)
    {
        using var deadline = new CancellationTokenSource(TestDeadline.Default);
        var buffer = new byte[4096];
        var count = await tls.ReadAsync(buffer, deadline.Token);
        return Encoding.Latin1.GetString(buffer, 0, count);
    }

    private static async Task ExpectEndAsync(SslStream tls)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(90));
        var buffer = new byte[4096];
        try
        {
            while (await tls.ReadAsync(buffer, deadline.Token) > 0)
            {
            }
        }
        catch (IOException)
        {
            // Reset: as good.
        }
    }
}
