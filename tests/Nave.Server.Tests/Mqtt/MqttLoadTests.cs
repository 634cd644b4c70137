using Nave.Api;
using Nave.Mqtt;
using Nave.Testing;

namespace Nave.Server.Tests.Mqtt;

/// <summary>Full staging areas, half-open connections, readers that do not read.</summary>
public sealed class MqttLoadTests : IAsyncLifetime
{
    private MqttTestHub _hub = null!;
    private int _blockedWrites;

    [Fact]
    public async Task More_than_the_staging_area_holds_is_held_back_and_then_stored_once_each()
    {
        const int Clients = 6, Each = 60;
        var body = new byte[100_000];
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(FloodAsync));
        Assert.Equal(Clients * Each, (await _hub.ReadTelemetryAsync()).Count);

        async Task FloodAsync(int n)
        {
            var device = await _hub.CreateAsync($"f{n}");
            await using var client = await _hub.ConnectAsync(device);
            var sending = SendAllAsync(client, n);
            for (var i = 1; i <= Each; i++)
            {
                Assert.Equal(i, await client.ExpectPubAckAsync());
            }

            await sending;
        }

        async Task SendAllAsync(MqttTestClient client, int n)
        {
            for (var i = 1; i <= Each; i++)
            {
                await client.SendAsync(client.Publish($"devices/f{n}/messages/events/", body, MqttQos.AtLeastOnce, (ushort)i));
            }
        }
    }

    [Fact]
    public async Task Thousands_of_half_open_connections_keep_nobody_out()
    {
        var half = new List<MqttTestClient>();
        for (var i = 0; i < 3000; i++)
        {
            var client = await _hub.OpenAsync();
            await client.SendAsync(0x10, 0x80);
            half.Add(client);
        }

        await using var device = await _hub.ConnectAsync(await _hub.CreateAsync("d1"));
        await device.PingAsync();
        foreach (var client in half)
        {
            await client.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_device_that_does_not_read_its_answers_is_not_read_from_and_holds_nobody_up()
    {
        var (lazy, busy) = (await _hub.CreateAsync("lazy"), await _hub.CreateAsync("busy"));
        await using var reader = await _hub.ConnectAsync(lazy);
        await reader.SubscribeAsync(1, (MqttTopics.TwinResponseFilter, MqttQos.AtMostOnce));
        await reader.ExpectSubAckAsync();
        using var stop = new CancellationTokenSource();
        var flood = FloodAsync();

        await using var other = await _hub.ConnectAsync(busy);
        for (var i = 1; i <= 200; i++)
        {
            await other.PublishAsync("devices/busy/messages/events/", "x", MqttQos.AtLeastOnce, (ushort)i);
            Assert.Equal(i, await other.ExpectPubAckAsync());
        }

        await TestDeadline.UntilAsync(() => flood.IsCompleted || Volatile.Read(ref _blockedWrites) > 0, "the flood being held back");
        await stop.CancelAsync();
        await flood;

        // PINGREQs whose answers nobody reads.
        async Task FloodAsync()
        {
            var pings = new byte[64 * 1024];
            for (var i = 0; i < pings.Length; i += 2)
            {
                pings[i] = 0xC0;
            }

            try
            {
                while (!stop.IsCancellationRequested)
                {
                    var write = reader.SendAsync(pings);
                    if (await Task.WhenAny(write, Task.Delay(300, CancellationToken.None)) != write)
                    {
                        Interlocked.Increment(ref _blockedWrites);
                        await reader.DisposeAsync();
                    }

                    await write;
                }
            }
            catch (Exception exception) when (exception is IOException or ObjectDisposedException)
            {
                // Closed by the server, or by the test.
            }
        }
    }

    [Fact]
    public async Task Stopping_under_load_does_not_wait_for_the_flood()
    {
        var device = await _hub.CreateAsync("d1");
        await using var client = await _hub.ConnectAsync(device);
        var flood = Task.Run(FloodAsync, TestContext.Current.CancellationToken);
        await client.ExpectPubAckAsync();
        var watch = System.Diagnostics.Stopwatch.StartNew();
        await _hub.Head.StopAsync();
        Assert.True(watch.Elapsed < TestDeadline.Default, $"{watch.Elapsed}");
        await flood;

        async Task FloodAsync()
        {
            try
            {
                for (var i = 0; ; i++)
                {
                    await client.PublishAsync("devices/d1/messages/events/", "x", MqttQos.AtLeastOnce, (ushort)((i % 60_000) + 1));
                }
            }
            catch (IOException)
            {
                // The server has closed.
            }
        }
    }

    public async ValueTask InitializeAsync() => _hub = await MqttTestHub.StartAsync();

    public ValueTask DisposeAsync() => _hub.DisposeAsync();
}
