using System.Net;
using System.Text;
using Nave.Fleet.Sync.EventGrid;
using Nave.Testing;

namespace Nave.Fleet.Tests.Sync.Serving;

/// <summary>Incomplete twins with Event Grid alone, which tells of no twin change: only the retry settings bring them on.</summary>
public sealed class TwinCheckTests(ServedHub hub) : IClassFixture<ServedHub>
{
    [Fact]
    public async Task An_incomplete_twin_is_looked_at_after_the_settings_interval_until_it_is_complete()
    {
        var clock = new WatchedClock(TimeProvider.System.GetUtcNow());
        await using var sync = await ServedSync.StartAsync(
            hub, $"master: hub\nretry:\n  twinCheck: {{interval: 10m, maxInterval: 20m}}\nwebhooks:\n  sharedSecret: {ServedSync.Secret}\n", time: clock);
        const string Eui = "70B3D5499E000001";
        await hub.CreateAsync(Eui, $$"""{"EUI":"{{Eui}}"}""");
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(sync.Url, EventGridEndpoint.Path))
        {
            Content = new StringContent($$"""[{"eventType":"Microsoft.Devices.DeviceCreated","data":{"deviceId":"{{Eui}}"} }]""", Encoding.UTF8, "application/json"),
        };
        request.Headers.Add("x-api-key", ServedSync.Secret);
        using var answer = await sync.Http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);

        // Twice not complete: after 10 and after 20 minutes, each less up to a fifth.
        var mark = 0;
        foreach (var minutes in (int[])[10, 20])
        {
            await clock.WaitForTimerAsync(mark, TimeSpan.FromMinutes(minutes * 0.75), TimeSpan.FromMinutes(minutes));
            Assert.DoesNotContain(Eui, sync.ThingPark.DeviceEuis);
            if (minutes == 20)
            {
                await hub.TagAsync(Eui, ServedSync.Tags(Eui));
            }

            mark = clock.Mark;
            clock.Advance(TimeSpan.FromMinutes(minutes));
        }

        await TestDeadline.UntilAsync(() => sync.ThingPark.DeviceEuis.Contains(Eui), "the device is there");
        await TestDeadline.UntilAsync(() => sync.Events.Count == 3, "that is told");
        Assert.Equal(["DeviceTwinCheckFail", "DeviceTwinCheckFail", "ExternalDeviceCreated"], sync.Events);
    }
}
