using System.Net;
using System.Net.Sockets;
using System.Text;
using Nave.Amqp;
using Nave.Api;
using Nave.Hub.Commands;
using Nave.Server.Tests.Amqp;
using Nave.Testing;

namespace Nave.Server.Tests.Hostile;

/// <summary>AMQP peers that want to cost the server its memory, its time or its descriptors, on real sockets.</summary>
[Collection(nameof(Alone))]
public sealed class AmqpFloodTests : IAsyncLifetime
{
    private const int HalfOpen = 2000;

    private AmqpTestHub _hub = null!;
    private DeviceIdentity _device = null!;
    private AmqpTestClient _honest = null!;
    private TestSender _sender = null!;

    public async ValueTask InitializeAsync()
    {
        _hub = await AmqpTestHub.StartAsync(configure: options => options with { ConnectTimeout = TimeSpan.FromSeconds(8) });
        _device = await _hub.CreateAsync("d1");
        _honest = await _hub.ConnectAsync(await _hub.CreateAsync("honest"));
        _sender = await _honest.SenderAsync("/devices/honest/messages/events");
    }

    public async ValueTask DisposeAsync()
    {
        await _honest.DisposeAsync();
        await _hub.DisposeAsync();
    }

    public static TheoryData<string, byte[]> Bombs => new()
    {
        { "another protocol", "GET / HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray() },
        { "another version", "AMQP\0\x01\x02\0"u8.ToArray() },
        { "the header for TLS in the protocol", "AMQP\x02\x01\0\0"u8.ToArray() },
        { "4 GiB declared", [.. Header, 0xFF, 0xFF, 0xFF, 0xFF, 2, 0, 0, 0] },
        { "one byte above the limit", [.. Header, 0, 0, 0x20, 0x01, 2, 0, 0, 0] },
        { "less than a frame's head", [.. Header, 0, 0, 0, 7, 2, 0, 0, 0] },
        { "an unknown type of frame", [.. Header, 0, 0, 0, 8, 2, 9, 0, 0] },
        { "a transfer first", [.. Header, 0, 0, 0, 13, 2, 0, 0, 0, 0, 0x53, 0x14, 0x45, 0x40] },
        { "a close first", [.. Header, 0, 0, 0, 12, 2, 0, 0, 0, 0, 0x53, 0x18, 0x45] },
        { "a list that claims four billion elements", [.. Header, 0, 0, 0, 20, 2, 0, 0, 0, 0, 0x53, 0x10, 0xD0, 0, 0, 0, 4, 0xFF, 0xFF, 0xFF, 0xFF] },
        { "lists in lists", [.. Header, .. Nested()] },
        { "an open of zeros", [.. Header, 0, 0, 1, 0, 2, 0, 0, 0, .. new byte[248]] },
        { "SASL of zeros", [.. SaslHeader, 0, 0, 1, 0, 2, 1, 0, 0, .. new byte[248]] },
        { "a mechanism that there is not", [.. SaslHeader, .. Init("CRAM-MD5", [])] },
        { "PLAIN without a user", [.. SaslHeader, .. Init("PLAIN", [0, 0])] },
        { "PLAIN of 200 bytes of noise", [.. SaslHeader, .. Init("PLAIN", [.. Enumerable.Repeat((byte)0xFE, 200)])] },
    };

    private static byte[] Header => "AMQP\0\x01\0\0"u8.ToArray();

    private static byte[] SaslHeader => "AMQP\x03\x01\0\0"u8.ToArray();

    [Theory]
    [MemberData(nameof(Bombs))]
    public async Task A_bomb_before_authentication_is_refused_at_once_and_leaves_nothing(string what, byte[] bomb)
    {
        await ThrowAsync(bomb, 20);
        var before = Measurement.LiveBytes();
        var allocated = GC.GetTotalAllocatedBytes();
        await ThrowAsync(bomb, 200);
        var each = (GC.GetTotalAllocatedBytes() - allocated) / 200;
        Assert.True(each < 128 * 1024, $"{what}: {each} bytes are allocated for each, both sides together.");
        await Measurement.AssertGrowthAsync(before, 2 << 20, what);
        await ProveHonestAsync();
    }

    [Fact]
    public async Task Thousands_of_half_open_connections_cost_little_and_are_closed_after_the_time_out()
    {
        var before = Measurement.LiveBytes();
        var sockets = new List<Socket>();
        for (var i = 0; i < HalfOpen; i++)
        {
            var socket = await ConnectAsync();
            sockets.Add(socket);

            // Nothing, half a header, a header, and a frame that never ends: 8 KiB declared, some sent.
            await SendAllAsync(socket, (i % 4) switch { 0 => [], 1 => Header[..5], 2 => Header, _ => [.. Header, 0, 0, 0x1F, 0xFF, 2, 0, 0, 0, .. new byte[100]] });
        }

        await Measurement.AssertGrowthAsync(before, HalfOpen * 10L * 1024, $"{HalfOpen} half-open connections");
        await ProveHonestAsync();
        await Task.WhenAll(sockets.Select(ExpectClosedAsync));
        sockets.ForEach(socket => socket.Dispose());
        await Measurement.AssertGrowthAsync(before, 4 << 20, "after they were closed");
        await ProveHonestAsync();
    }

    [Fact]
    public async Task More_sessions_or_links_than_a_stranger_may_have_end_its_connection()
    {
        await using var sessions = await _hub.OpenAsync();
        await sessions.OpenedAsync();
        await sessions.DoAsync(engine =>
        {
            for (var i = 0; i < 20; i++)
            {
                engine.Begin();
            }
        });
        Assert.Equal(AmqpCondition.ResourceLimitExceeded, (await sessions.Closed)!.Condition);

        await using var links = await _hub.OpenAsync();
        var session = await links.BeginAsync();
        await links.DoAsync(_ =>
        {
            for (var i = 0; i < 20; i++)
            {
                var sender = new TestSender(links);
                sender.Link = session.AttachSender(new AmqpAttach { Name = $"{i}", Source = new AmqpSource(), Target = new AmqpTarget { Address = "$cbs" } }, sender);
            }
        });
        Assert.NotNull(await links.Closed);
        await ProveHonestAsync();
    }

    [Fact]
    public async Task Wrong_tokens_and_links_without_a_right_leave_nothing_behind()
    {
        await using var client = await _hub.OpenAsync();
        var sender = await client.SenderAsync("$cbs");
        var receiver = await client.ReceiverAsync("$cbs");
        var session = await client.BeginAsync();
        await RepeatAsync(50);
        var before = Measurement.LiveBytes();
        await RepeatAsync(1000);
        await Measurement.AssertGrowthAsync(before, 1 << 20, "1000 wrong tokens and 1000 refused links");
        await ProveHonestAsync();

        async Task RepeatAsync(int count)
        {
            for (var i = 0; i < count; i++)
            {
                var token = SasToken.Create($"hub.test/devices/n{i}", new byte[32], DateTimeOffset.UtcNow.AddHours(1));
                Assert.Equal(401, await AmqpTestClient.PutTokenAsync(sender, receiver, token));
                var refused = await client.SenderAsync($"/devices/n{i}/messages/events", session: session, name: "same");
                Assert.NotNull(await refused.Detached);
            }
        }
    }

    [Fact]
    public async Task Links_that_come_and_go_leave_nothing_behind()
    {
        await using var client = await _hub.ConnectAsync(_device);
        await (await client.SenderAsync("/devices/d1/messages/events")).AttachedAsync();
        await RepeatAsync(20);
        var before = Measurement.LiveBytes();
        await RepeatAsync(500);
        await Measurement.AssertGrowthAsync(before, 1 << 20, "500 rounds of links");
        await ProveHonestAsync();

        async Task RepeatAsync(int count)
        {
            for (var i = 0; i < count; i++)
            {
                var properties = AmqpMap.Fields(("com.microsoft:channel-correlation-id", $"twin:{Guid.NewGuid()}"));
                var requests = await client.SenderAsync("/devices/d1/twin", properties);
                var answers = await client.ReceiverAsync("/devices/d1/twin", properties: properties);
                var commands = await client.ReceiverAsync("/devices/d1/messages/devicebound");
                var methods = await client.ReceiverAsync("/devices/d1/methods/devicebound");
                await requests.SendAsync(TestMessages.Twin("GET", null, "1"));
                await answers.ReceiveAsync();
                await requests.DetachAsync();
                await answers.DetachAsync();
                await commands.DetachAsync();
                await methods.DetachAsync();
            }
        }
    }

    [Fact]
    public async Task A_device_that_gives_no_credit_is_detached_from_its_twin_and_costs_little()
    {
        await using var client = await _hub.ConnectAsync(_device);
        var requests = await client.SenderAsync("/devices/d1/twin");
        var answers = await client.ReceiverAsync("/devices/d1/twin", credit: 0);
        await answers.AttachedAsync();
        await client.DoAsync(_ => answers.Link.SetCredit(1));
        await requests.SendAsync(TestMessages.Twin("PUT", "/notifications/twin/properties/desired", "1"));
        await answers.ReceiveAsync();
        var before = Measurement.LiveBytes();
        var value = new string('x', 4000);
        for (var i = 0; i < 300; i++)
        {
            var patch = $"{{\"properties\":{{\"desired\":{{\"n\":{i},\"a\":\"{value}\",\"b\":\"{value}\",\"c\":\"{value}\"}}}}}}";
            Assert.True((await _hub.Hub.Twins.PatchAsync(_device.Id, Encoding.UTF8.GetBytes(patch), null, CancellationToken.None)).IsSuccess);
        }

        Assert.Equal(AmqpCondition.ResourceLimitExceeded, (await answers.Detached)!.Condition);
        await Measurement.AssertGrowthAsync(before, 4 << 20, "300 changes that were not taken");
        await ProveHonestAsync();
    }

    [Fact]
    public async Task A_device_that_never_reads_costs_little_and_loses_no_message()
    {
        await using var client = await _hub.ConnectAsync(_device);
        var commands = await client.ReceiverAsync("/devices/d1/messages/devicebound", credit: 1000);
        await commands.AttachedAsync();
        var requests = await client.SenderAsync("/devices/d1/twin");
        var answers = await client.ReceiverAsync("/devices/d1/twin", credit: 100_000);
        await requests.SendAsync(TestMessages.Twin("PUT", "/notifications/twin/properties/desired", "1"));
        await answers.ReceiveAsync();
        client.IsReading = false;
        for (var i = 0; i < 10; i++)
        {
            Assert.True((await _hub.Hub.CloudToDevice.SendAsync(
                _device.Id, new CloudToDeviceMessage(EventProperties.Empty, Encoding.UTF8.GetBytes($"{i}")), CancellationToken.None)).IsSuccess);
        }

        var before = Measurement.LiveBytes();
        var value = new string('x', 4000);
        for (var i = 0; i < 1000; i++)
        {
            var patch = $"{{\"properties\":{{\"desired\":{{\"n\":{i},\"a\":\"{value}\",\"b\":\"{value}\",\"c\":\"{value}\",\"d\":\"{value}\"}}}}}}";
            Assert.True((await _hub.Hub.Twins.PatchAsync(_device.Id, Encoding.UTF8.GetBytes(patch), null, CancellationToken.None)).IsSuccess);
        }

        await Measurement.AssertGrowthAsync(before, 8 << 20, "a stalled reader");
        await ProveHonestAsync();
        await client.DisposeAsync();
        await using var next = await _hub.ConnectAsync(_device);
        var again = await next.ReceiverAsync("/devices/d1/messages/devicebound");
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal($"{i}", (await again.ReceiveAsync()).Body);
        }
    }

    [Fact]
    public async Task Takeovers_between_two_clients_leave_nothing_behind()
    {
        await FightAsync(20);
        var before = Measurement.LiveBytes();
        await FightAsync(300);
        await TestDeadline.UntilAsync(() => _hub.Hub.Connections.Count == 1, "only the honest device is connected");
        await Measurement.AssertGrowthAsync(before, 2 << 20, "600 takeovers");
        await ProveHonestAsync();

        Task FightAsync(int rounds) => Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < rounds; i++)
            {
                await using var client = await _hub.ConnectAsync(_device);
                var sender = await client.SenderAsync("/devices/d1/messages/events");
                await Task.WhenAny(sender.AttachedAsync(), sender.Detached);
            }
        })));
    }

    // Lists within lists, within the first frame.
    private static byte[] Nested()
    {
        var body = new List<byte>();
        for (var i = 0; i < 200; i++)
        {
            body.InsertRange(0, [0xD0, .. BigEndian(body.Count + 4), 0, 0, 0, 1]);
            if (i == 0)
            {
                body[^1] = 0;
            }
        }

        return [.. BigEndian(body.Count + 11), 2, 0, 0, 0, 0, 0x53, 0x10, .. body];
    }

    private static byte[] Init(string mechanism, byte[] response)
    {
        var name = Encoding.ASCII.GetBytes(mechanism);
        byte[] fields = [0xA3, (byte)name.Length, .. name, 0xA0, (byte)response.Length, .. response];
        byte[] body = [0, 0x53, 0x41, 0xC0, (byte)(fields.Length + 1), 2, .. fields];
        return [.. BigEndian(body.Length + 8), 2, 1, 0, 0, .. body];
    }

    private static byte[] BigEndian(int value) => [(byte)(value >> 24), (byte)(value >> 16), (byte)(value >> 8), (byte)value];

    private async Task ThrowAsync(byte[] bomb, int count)
    {
        for (var i = 0; i < count; i++)
        {
            using var socket = await ConnectAsync();
            await SendAllAsync(socket, bomb);
            await ExpectClosedAsync(socket);
        }
    }

    private async Task<Socket> ConnectAsync()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, _hub.Ports.Plain!.Value));
        return socket;
    }

    private static async Task SendAllAsync(Socket socket, byte[] bytes)
    {
        try
        {
            for (var sent = 0; sent < bytes.Length;)
            {
                sent += await socket.SendAsync(bytes.AsMemory(sent));
            }
        }
        catch (SocketException)
        {
            // It was refused before it was sent whole.
        }
    }

    private static async Task ExpectClosedAsync(Socket socket)
    {
        using var deadline = new CancellationTokenSource(TestDeadline.Default);
        var buffer = new byte[256];
        try
        {
            while (await socket.ReceiveAsync(buffer, deadline.Token) > 0)
            {
            }
        }
        catch (SocketException)
        {
            // Reset: as good.
        }
    }

    private async Task ProveHonestAsync() =>
        Assert.Equal(AmqpOutcomeKind.Accepted, (await _sender.SendAsync(TestMessages.Data("x"))).Kind);
}
