using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using Nave.Api;
using Nave.Mqtt;
using Nave.Server.Tests.Mqtt;
using Nave.Testing;

namespace Nave.Server.Tests.Hostile;

/// <summary>A whole server on a disk that fills up: a real one, of memory.</summary>
[Collection(nameof(Alone))]
public sealed class DiskFullTests
{
    // Two segments of 64 MiB and the reserve of 64 MiB; the ballast takes what a third segment would need.
    private const int DiskMegabytes = 300;
    private const int BallastMegabytes = 60;
    private const int BodyBytes = 250_000;

    [Fact]
    public async Task A_full_disk_refuses_new_work_loses_nothing_and_comes_back_within_5_s()
    {
        using var disk = SmallDisk.TryMount(DiskMegabytes);
        Assert.SkipWhen(disk is null, "Mounting a tmpfs is not permitted here.");
        var ballast = Path.Combine(disk.Path, "ballast");
        var plug = Path.Combine(disk.Path, "plug");
        var data = Path.Combine(disk.Path, "data");
        Fill(ballast, BallastMegabytes << 20);
        var acknowledged = 0;
        await using (var server = await WholeServer.StartAsync(data))
        {
            // 1. Until it is full, every event is acknowledged; the one that does not fit is not.
            var device = await server.CreateAsync("d1");
            acknowledged = await SendUntilFullAsync(server, device);
            Assert.InRange(acknowledged, (100 << 20) / BodyBytes, (DiskMegabytes << 20) / BodyBytes);
            await ExpectRefusalAsync(server, device);

            // 2. What does not need the event log goes on in the reserve, reads anyway.
            Assert.Equal(HttpStatusCode.OK, await server.StatusAsync("PUT", "/devices/d2", """{"deviceId": "d2"}"""));
            Assert.Equal(HttpStatusCode.OK, await server.StatusAsync("GET", "/twins/d1"));
            Assert.Equal(acknowledged, await CountAsync(server));
        }

        // 3. A restart in this state works, and is refused the same way.
        await using (var server = await WholeServer.StartAsync(data))
        {
            Assert.Equal(acknowledged, await CountAsync(server));
            var device = (await server.Hub.Registry.GetAsync(new IdentityId("d1"), CancellationToken.None)).Value!;
            acknowledged += await SendUntilFullAsync(server, device);
            await ExpectRefusalAsync(server, device);

            // 4. With the reserve gone too, the store refuses; reads go on.
            Fill(plug, long.MaxValue);
            var refused = await FirstRefusalAsync(i => server.SendAsync("PUT", $"/devices/x{i}", $$$"""{"deviceId": "x{{{i}}}"}"""));
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
            Assert.Contains("ServiceUnavailable", refused.Headers.GetValues("iothub-errorcode"));
            refused.Dispose();
            using (var ready = await server.SendAsync("GET", "/readyz"))
            {
                Assert.Contains("not storing identities and twins", await ready.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
            }

            Assert.Equal(HttpStatusCode.OK, await server.StatusAsync("GET", "/devices/d2"));
            Assert.Equal(HttpStatusCode.OK, await server.StatusAsync("GET", "/twins/d1"));
            await using (var client = await server.ConnectAsync(device))
            {
                await client.PingAsync();
            }

            // 5. Space: everything works again within 5 s, without a restart.
            var watch = Stopwatch.StartNew();
            File.Delete(plug);
            File.Delete(ballast);
            var token = WholeServer.TokenFor(device);
            await UntilAsync(async () => await server.StatusAsync("POST", "/devices/d1/messages/events", "{}", token) == HttpStatusCode.NoContent);
            await UntilAsync(async () => await server.StatusAsync("PUT", "/devices/d3", """{"deviceId": "d3"}""") == HttpStatusCode.OK);
            await UntilAsync(async () => await server.StatusAsync("GET", "/readyz") == HttpStatusCode.OK);
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5), $"The service came back after {watch.Elapsed.TotalSeconds:f1} s.");
            await using (var client = await server.ConnectAsync(device))
            {
                await SendAsync(client, acknowledged);
                await client.ExpectPubAckAsync();
                acknowledged++;
            }

            Assert.Equal(acknowledged, await CountAsync(server));
        }

        await using (var server = await WholeServer.StartAsync(data))
        {
            Assert.Equal(acknowledged, await CountAsync(server));
        }
    }

    // MQTT stops reading (a PINGREQ behind the event is not answered) and closes after the grace; HTTPS says 503; readyz tells, livez lives.
    private static async Task ExpectRefusalAsync(WholeServer server, DeviceIdentity device)
    {
        await using var client = await server.ConnectAsync(device);
        await SendAsync(client, int.MaxValue);
        await client.SendAsync(0xC0, 0x00);
        await client.ExpectCloseAsync();

        using var refused = await server.SendAsync("POST", "/devices/d1/messages/events", "{}", WholeServer.TokenFor(device));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.Contains("ServiceUnavailable", refused.Headers.GetValues("iothub-errorcode"));
        using var ready = await server.SendAsync("GET", "/readyz");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Contains(WholeServer.HostName, await ready.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await server.StatusAsync("GET", "/livez"));
    }

    private static async Task<int> SendUntilFullAsync(WholeServer server, DeviceIdentity device)
    {
        await using var client = await server.ConnectAsync(device);
        var start = await CountAsync(server);
        for (var sent = 0; ; sent++)
        {
            try
            {
                await SendAsync(client, start + sent);
                await client.ExpectPubAckAsync();
            }
            catch (Exception e) when (e is EndOfStreamException or IOException)
            {
                return sent;
            }
        }
    }

    // The number of the event is in its body, its packet identifier is never zero.
    private static Task SendAsync(MqttTestClient client, int number)
    {
        var body = new byte[BodyBytes];
        BinaryPrimitives.WriteInt32BigEndian(body, number);
        return client.SendAsync(client.Publish("devices/d1/messages/events/", body, MqttQos.AtLeastOnce, (ushort)((number % 60_000) + 1)));
    }

    // How many of the numbered events there are: each once, in order, none missing. One that was refused is never there.
    private static async Task<int> CountAsync(WholeServer server)
    {
        var expected = 0;
        await server.ReadTelemetryAsync(stored =>
        {
            if (stored.Body.Length == BodyBytes)
            {
                Assert.Equal(expected++, BinaryPrimitives.ReadInt32BigEndian(stored.Body.Span));
            }
        });
        return expected;
    }

    private static async Task<HttpResponseMessage> FirstRefusalAsync(Func<int, Task<HttpResponseMessage>> send)
    {
        for (var i = 0; i < 5000; i++)
        {
            var response = await send(i);
            if (!response.IsSuccessStatusCode)
            {
                return response;
            }

            response.Dispose();
        }

        throw new TimeoutException("5000 writes went through on a full disk.");
    }

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        var watch = Stopwatch.StartNew();
        while (!await condition())
        {
            Assert.True(watch.Elapsed < TestDeadline.Default, "The service did not come back.");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TestContext.Current.CancellationToken);
        }
    }

    private static void Fill(string path, long bytes)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        var block = new byte[1 << 16];
        try
        {
            for (var written = 0L; written < bytes; written += block.Length)
            {
                file.Write(block);
            }
        }
        catch (IOException)
        {
            // Full, as it is meant to be.
        }
    }
}
