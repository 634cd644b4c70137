using System.Buffers;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Nave.Api;
using Nave.Hub.Commands;
using Nave.Mqtt;
using Nave.Server.Tests.Mqtt;
using Nave.Testing;

namespace Nave.Server.Tests.Hostile;

/// <summary>Peers that want to cost the server its memory, its time or its descriptors, on real sockets. Bounds are stated where they are asserted.</summary>
[Collection(nameof(Alone))]
public sealed class MqttFloodTests : IAsyncLifetime
{
    private const int HalfOpen = 2000;

    private MqttTestHub _hub = null!;
    private DeviceIdentity _device = null!;
    private MqttTestClient _honest = null!;
    private ushort _sent;

    public async ValueTask InitializeAsync()
    {
        _hub = await MqttTestHub.StartAsync(configure: options => options with { ConnectTimeout = TimeSpan.FromSeconds(8) });
        _device = await _hub.CreateAsync("d1");
        _honest = await _hub.ConnectAsync(await _hub.CreateAsync("honest"));
    }

    public async ValueTask DisposeAsync()
    {
        await _honest.DisposeAsync();
        await _hub.DisposeAsync();
    }

    public static TheoryData<string, byte[]> Bombs => new()
    {
        { "256 MiB declared", [0x10, 0xFF, 0xFF, 0xFF, 0x7F] },
        { "256 MiB declared, in a PUBLISH", [0x30, 0xFF, 0xFF, 0xFF, 0x7F] },
        { "one byte above the limit", [0x10, 0x81, 0x40] },
        { "an endless length", [0x10, .. Enumerable.Repeat((byte)0xFF, 4000)] },
        { "an overlong length", [0x10, 0x80, 0x80, 0x80, 0x80, 0x01] },
        { "PUBACK first", [0x40, 2, 0, 1] },
        { "a thousand PUBACKs", [.. Enumerable.Range(0, 1000).SelectMany(_ => new byte[] { 0x40, 2, 0, 1 })] },
        { "PUBREC first", [0x50, 2, 0, 1] },
        { "PUBREL first", [0x62, 2, 0, 1] },
        { "PUBCOMP first", [0x70, 2, 0, 1] },
        { "SUBACK first", [0x90, 3, 0, 1, 0] },
        { "PINGREQ first", [0xC0, 0] },
        { "DISCONNECT first", [0xE0, 0] },
        { "AUTH first", [0xF0, 0] },
        { "packet type 0", [0x00, 0] },
        { "a string longer than its packet", [0x10, 4, 0xFF, 0xFF, (byte)'M', (byte)'Q'] },
        { "a request of another protocol", "GET / HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray() },
    };

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
    public async Task Five_bytes_and_a_farewell_cost_nothing_while_they_last()
    {
        var sockets = new List<Socket>();
        for (var i = 0; i < 200; i++)
        {
            var socket = await ConnectAsync();
            await SendAllAsync(socket, [0x10, 0x7F, 0x00, 0x04, (byte)'M']);
            socket.Shutdown(SocketShutdown.Send);
            sockets.Add(socket);
        }

        await Measurement.AssertIdleAsync(TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(2));
        await ExpectAllClosedAsync(sockets);
        await ProveHonestAsync();
    }

    [Fact]
    public async Task Thousands_of_half_open_connections_cost_little_and_are_closed_after_the_time_out()
    {
        var honest = await LatenciesAsync(200);
        var before = Measurement.LiveBytes();
        var sockets = new List<Socket>();
        byte[][] beginnings = [[], [0x10], [0x10, 0x7F, 0x00, 0x04, (byte)'M', (byte)'Q', (byte)'T', (byte)'T', 4, 0xC2]];
        for (var i = 0; i < HalfOpen; i++)
        {
            var socket = await ConnectAsync();
            if (beginnings[i % 3].Length > 0)
            {
                await SendAllAsync(socket, beginnings[i % 3]);
            }

            sockets.Add(socket);
        }

        // Both sides together: the client's socket is in this process too.
        await Measurement.AssertGrowthAsync(before, HalfOpen * 8L * 1024, $"{HalfOpen} half-open connections");
        var meanwhile = await LatenciesAsync(200);
        TestContext.Current.TestOutputHelper?.WriteLine($"Acknowledgements before: {Measurement.Quantiles(honest)}; meanwhile: {Measurement.Quantiles(meanwhile)}.");
        await ExpectAllClosedAsync(sockets);
        await Measurement.AssertGrowthAsync(before, 4 << 20, "when they are closed");
        await ProveHonestAsync();
    }

    [Fact]
    public async Task Half_open_TLS_connections_are_closed_after_the_time_out()
    {
        var before = Measurement.LiveBytes();
        var sockets = new List<Socket>();
        for (var i = 0; i < 500; i++)
        {
            var socket = await ConnectAsync(_hub.Ports.Tls!.Value);
            if (i % 2 == 1)
            {
                await SendAllAsync(socket, ClientHello.Encode(0x0303, 0xC02B)[..20]);
            }

            sockets.Add(socket);
        }

        await Measurement.AssertGrowthAsync(before, 500 * 64L * 1024, "500 half-open TLS connections");
        await ExpectAllClosedAsync(sockets);
        await ProveHonestAsync();
    }

    [Fact]
    public async Task Who_sends_a_CONNECT_byte_by_byte_is_closed_after_the_time_out_however_busy_it_is()
    {
        var connect = Encode(_hub.Connect(_device));
        var watch = Stopwatch.StartNew();
        var ends = await Task.WhenAll(Enumerable.Range(0, 50).Select(async _ =>
        {
            using var socket = await ConnectAsync();
            for (var i = 0; i < connect.Length - 1; i++)
            {
                try
                {
                    await socket.SendAsync(connect.AsMemory(i, 1));
                }
                catch (SocketException)
                {
                    return true;
                }

                await Task.Delay(TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken);
            }

            return false;
        }));
        Assert.All(ends, Assert.True);
        Assert.True(watch.Elapsed < TestDeadline.Default, $"The slow senders were there for {watch.Elapsed}; the time-out is 8 s, all of a CONNECT would take minutes.");
        await ProveHonestAsync();
    }

    [Fact]
    public async Task A_flood_of_properties_or_subscriptions_ends_the_connection_that_sends_it()
    {
        var before = Measurement.LiveBytes();
        for (var i = 0; i < 20; i++)
        {
            // 1. As many user properties as fit into the largest packet, and as many pairs as fit into a topic.
            await using var properties = await _hub.ConnectAsync(_device, MqttVersion.V5);
            await properties.SendAsync(FloodOfUserProperties);
            Assert.Equal(MqttReason.QuotaExceeded, (await properties.ExpectDisconnectAsync()).Reason);
            await using var pairs = await _hub.ConnectAsync(_device);
            await pairs.SendAsync(pairs.Publish($"devices/d1/messages/events/{string.Concat(Enumerable.Repeat("a=&", 20_000))}", []));
            await pairs.ExpectCloseAsync();

            // 2. As many filters.
            await using var filters = await _hub.ConnectAsync(_device, MqttVersion.V5);
            await filters.SendAsync(filters.Subscribe(1, [.. Enumerable.Repeat(("a", MqttQos.AtMostOnce), 60_000)]));
            Assert.Equal(MqttReason.QuotaExceeded, (await filters.ExpectDisconnectAsync()).Reason);
        }

        // 3. As many twin requests: 64 wait, the rest is told so.
        await using var twins = await _hub.ConnectAsync(_device);
        await twins.SubscribeAsync(1, (MqttTopics.TwinResponseFilter, MqttQos.AtMostOnce));
        await twins.ExpectSubAckAsync();
        var large = twins.Publish("$iothub/twin/PATCH/properties/reported/?$rid=1", new byte[200_000]);
        for (var i = 0; i < 100; i++)
        {
            await twins.SendAsync(large);
        }

        for (var i = 0; i < 100; i++)
        {
            Assert.Matches("^\\$iothub/twin/res/(4\\d\\d)/", (await twins.ExpectMessageAsync()).Topic);
        }

        await Measurement.AssertGrowthAsync(before, 8 << 20, "after the floods");
        await ProveHonestAsync();
    }

    [Fact]
    public async Task A_device_that_never_reads_is_closed_and_loses_no_message()
    {
        var stalled = new List<(DeviceIdentity Device, MqttTestClient Client)>();
        for (var i = 0; i < 4; i++)
        {
            var device = await _hub.CreateAsync($"stalled{i}");
            var client = await _hub.ConnectAsync(device, keepAlive: 1000);
            await client.SubscribeAsync(
                1,
                (MqttTopics.DesiredPatchFilter, MqttQos.AtMostOnce),
                (MqttTopics.MethodFilter, MqttQos.AtMostOnce),
                ($"devices/{device.DeviceId}/messages/devicebound/#", MqttQos.AtLeastOnce));
            await client.ExpectSubAckAsync();
            stalled.Add((device, client));
        }

        var before = Measurement.LiveBytes();
        var honest = new List<double>();
        var value = new string('x', 4000);
        foreach (var (device, _) in stalled)
        {
            // 1. Commands, which are durable, and then as many patches as it takes: what the kernel holds for the peer comes on top of ours.
            for (var i = 0; i < 10; i++)
            {
                var sent = await _hub.Hub.CloudToDevice.SendAsync(device.Id, new CloudToDeviceMessage(EventProperties.Empty, Encoding.UTF8.GetBytes($"{i}")), CancellationToken.None);
                Assert.True(sent.IsSuccess, sent.Error?.Message);
            }

            for (var i = 0; _hub.Hub.Connections.Find(device.Id) is not null; i++)
            {
                Assert.True(i < 10_000, "A device that does not read was not closed.");
                var patch = $"{{\"properties\":{{\"desired\":{{\"n\":{i},\"a\":\"{value}\",\"b\":\"{value}\",\"c\":\"{value}\",\"d\":\"{value}\",\"e\":\"{value}\",\"f\":\"{value}\"}}}}}}";
                await _hub.Hub.Twins.PatchAsync(device.Id, Encoding.UTF8.GetBytes(patch), null, CancellationToken.None);
                _ = _hub.Hub.Methods.InvokeAsync(device.Id, new DirectMethodRequest { MethodName = "m", ResponseTimeoutInSeconds = 5 }, CancellationToken.None).AsTask();
                if (i % 50 == 0)
                {
                    honest.AddRange(await LatenciesAsync(1));
                }
            }
        }

        await Measurement.AssertGrowthAsync(before, 16 << 20, "four stalled readers, when they are closed");
        TestContext.Current.TestOutputHelper?.WriteLine($"Acknowledgements meanwhile: {Measurement.Quantiles(honest)}.");

        // 2. None of the commands is lost.
        foreach (var (device, client) in stalled)
        {
            await client.DisposeAsync();
            await using var next = await _hub.ConnectAsync(device);
            await next.SubscribeAsync(1, ($"devices/{device.DeviceId}/messages/devicebound/#", MqttQos.AtLeastOnce));
            await next.ExpectSubAckAsync();
            for (var i = 0; i < 10; i++)
            {
                Assert.Equal($"{i}", (await next.ExpectMessageAsync()).Payload);
            }
        }

        await ProveHonestAsync();
    }

    [Fact]
    public async Task Ten_thousand_takeovers_between_two_clients_leave_nothing_behind()
    {
        var alone = await LatenciesAsync(500);
        await FightAsync(200);
        var before = Measurement.LiveBytes();
        var watch = Stopwatch.StartNew();
        var fight = FightAsync(5000);
        var meanwhile = new List<double>();
        while (!fight.IsCompleted)
        {
            meanwhile.AddRange(await LatenciesAsync(10));
        }

        await fight;
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"10,000 takeovers in {watch.Elapsed.TotalSeconds:f1} s. Acknowledgements alone: {Measurement.Quantiles(alone)}; meanwhile: {Measurement.Quantiles(meanwhile)}.");
        await TestDeadline.UntilAsync(() => _hub.Hub.Connections.Count == 1, "only the honest device is connected");
        await Measurement.AssertGrowthAsync(before, 4 << 20, "10,000 takeovers");
        await ProveHonestAsync();
    }

    // No encoder makes it.
    private static byte[] FloodOfUserProperties
    {
        get
        {
            const int Pairs = 45_000;
            byte[] head = [0, 27, .. "devices/d1/messages/events/"u8, 0, 1, .. VarInt(7 * Pairs)];
            byte[] pair = [0x26, 0, 1, (byte)'n', 0, 1, (byte)'v'];
            return [0x32, .. VarInt(head.Length + (7 * Pairs)), .. head, .. Enumerable.Repeat(pair, Pairs).SelectMany(bytes => bytes)];

            static byte[] VarInt(int value) => [(byte)(value | 0x80), (byte)((value >> 7) | 0x80), (byte)(value >> 14)];
        }
    }

    // Two clients of one device, each of which connects again as soon as it is in, so that each throws the other out.
    private Task FightAsync(int rounds) => Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Run(async () =>
    {
        var connect = _hub.Connect(_device);
        MqttTestClient? last = null;
        for (var i = 0; i < rounds; i++)
        {
            var client = await _hub.OpenAsync();
            await client.SendAsync(connect);
            try
            {
                await client.ExpectConnAckAsync();
            }
            catch (EndOfStreamException)
            {
                // The other one was faster.
            }

            if (last is not null)
            {
                await last.DisposeAsync();
            }

            last = client;
        }

        await last!.DisposeAsync();
    })));

    private async Task ThrowAsync(byte[] bomb, int count)
    {
        for (var i = 0; i < count; i++)
        {
            using var socket = await ConnectAsync();
            await SendAllAsync(socket, bomb);
            await ExpectClosedAsync(socket);
        }
    }

    private async Task<Socket> ConnectAsync(int? port = null)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port ?? _hub.Ports.Plain!.Value));
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

    private static async Task ExpectAllClosedAsync(List<Socket> sockets)
    {
        await Task.WhenAll(sockets.Select(ExpectClosedAsync));
        sockets.ForEach(socket => socket.Dispose());
        sockets.Clear();
    }

    private async Task ProveHonestAsync() => await LatenciesAsync(1);

    private async Task<List<double>> LatenciesAsync(int count)
    {
        var all = new List<double>(count);
        for (var i = 0; i < count; i++)
        {
            _sent = (ushort)((_sent % 60_000) + 1);
            var start = Stopwatch.GetTimestamp();
            await _honest.PublishAsync("devices/honest/messages/events/", "x", MqttQos.AtLeastOnce, _sent);
            Assert.Equal(_sent, await _honest.ExpectPubAckAsync());
            all.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        return all;
    }

    private static byte[] Encode(MqttConnect connect) => Encode(connect.Encode);

    private static byte[] Encode(Action<IBufferWriter<byte>> encode)
    {
        var output = new ArrayBufferWriter<byte>();
        encode(output);
        return output.WrittenSpan.ToArray();
    }
}
