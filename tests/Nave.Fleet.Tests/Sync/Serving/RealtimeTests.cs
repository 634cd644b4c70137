using System.Net;
using Nave.Fleet.Simulation.NetworkServers;
using Nave.Fleet.Sync.Hosting;
using Nave.Testing;

namespace Nave.Fleet.Tests.Sync.Serving;

/// <summary>A hub's own events, read over AMQP, and what comes of them.</summary>
public sealed class RealtimeTests(ServedHub hub) : IClassFixture<ServedHub>, IAsyncLifetime
{
    private static int s_last;
    private ServedSync? _sync;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private ServedSync Sync => _sync!; // Started before each test.

    public async ValueTask InitializeAsync() => _sync = await ServedSync.StartAsync(hub, $"master: hub\n{hub.Realtime}");

    public async ValueTask DisposeAsync() => await Sync.DisposeAsync();

    [Fact]
    public async Task A_device_follows_the_hubs_from_its_creation_to_its_deletion()
    {
        await ReadingAsync();
        var eui = NextEui();

        // 1. Not complete: it waits, and the next change of its tags is looked at at once.
        await hub.CreateAsync(eui, $$"""{"EUI":"{{eui}}"}""");
        await TestDeadline.UntilAsync(() => Sync.Events.Contains("DeviceTwinCheckFail"), "the twin is found incomplete");
        Assert.DoesNotContain(eui, Sync.ThingPark.DeviceEuis);
        await hub.TagAsync(eui, ServedSync.Tags(eui));
        await TestDeadline.UntilAsync(() => Sync.ThingPark.DeviceEuis.Contains(eui), "the device is there");
        var made = Sync.ThingPark.Device(eui)!["ref"]!.GetValue<string>();

        // 2. A change in place, and one that needs a new device.
        await hub.TagAsync(eui, """{"deviceProfileId":"LORA/Other"}""");
        await TestDeadline.UntilAsync(() => Sync.ThingPark.Device(eui)?["deviceProfileId"]?.GetValue<string>() == "LORA/Other", "the change is there");
        Assert.Equal(made, Sync.ThingPark.Device(eui)!["ref"]!.GetValue<string>());
        await hub.TagAsync(eui, """{"applicationKey":"00000000000000000000000000000001"}""");
        await TestDeadline.UntilAsync(() => Sync.ThingPark.KeyOf(eui) == "00000000000000000000000000000001", "the key is there");

        // 3. Gone.
        await hub.DeleteAsync(eui);
        await TestDeadline.UntilAsync(() => !Sync.ThingPark.DeviceEuis.Contains(eui), "the device is gone");
    }

    [Fact]
    public async Task What_happened_while_nobody_served_is_caught_up_with()
    {
        await ReadingAsync();
        var (kept, deleted, created) = (NextEui(), NextEui(), NextEui());
        await hub.CreateAsync(kept, ServedSync.Tags(kept));
        await hub.CreateAsync(deleted, ServedSync.Tags(deleted));
        await TestDeadline.UntilAsync(() => Sync.ThingPark.DeviceEuis.Count == 2, "both are there");
        await Sync.StopAsync();

        await hub.DeleteAsync(deleted);
        await hub.CreateAsync(created, ServedSync.Tags(created));
        await Sync.StartAsync();
        string[] expected = [kept, created];
        await TestDeadline.UntilAsync(() => Sync.ThingPark.DeviceEuis.SequenceEqual(expected), "the registry has caught up");
    }

    [Fact]
    public async Task A_device_that_somebody_else_made_is_neither_changed_nor_deleted()
    {
        await ReadingAsync();
        var eui = NextEui();
        Sync.ThingPark.Add(eui, "somebody's");
        await hub.CreateAsync(eui, ServedSync.Tags(eui, profile: "LORA/Other"));
        await using var control = await Sync.ControlAsync();
        await UntilDeadAsync(control, 1);
        await hub.DeleteAsync(eui);
        await UntilDeadAsync(control, 0);
        Assert.Equal("somebody's", Sync.ThingPark.Device(eui)!["name"]!.GetValue<string>());
        Assert.DoesNotContain("ExternalDeviceDeleted", Sync.Events);
    }

    [Fact]
    public async Task A_permanent_error_is_a_dead_letter_at_once_and_works_when_it_is_retried()
    {
        await ReadingAsync();
        var eui = NextEui();
        Sync.ThingPark.Inject(new NetworkServerFault(NetworkServerFaultKind.Status) { Status = 422, When = request => request.Method == "POST" && request.Path.EndsWith("/devices", StringComparison.Ordinal) });
        await hub.CreateAsync(eui, ServedSync.Tags(eui));
        await using var control = await Sync.ControlAsync();
        await UntilDeadAsync(control, 1);
        var letter = Assert.Single(await control.GetDeadAsync(Token));
        Assert.Equal((eui, "create", "externalCall", true, 1), (letter.DeviceId, letter.Operation, letter.Phase, letter.Permanent, letter.Attempts));
        await TestDeadline.UntilAsync(() => Sync.Events.Count == 1, "that is told");
        Assert.Equal(["ExternalDeviceCreationFailed"], Sync.Events);

        Assert.Equal([eui], await control.RetryDeadAsync(new DeadSelection([eui, "unknown"]), Token));
        await TestDeadline.UntilAsync(() => Sync.ThingPark.DeviceEuis.Contains(eui), "the device is there");
        await UntilDeadAsync(control, 0);
    }

    [Fact]
    public async Task A_transient_error_waits_with_its_reason_and_dead_letters_can_be_discarded()
    {
        await ReadingAsync();
        var (busy, refused) = (NextEui(), NextEui());
        Sync.ThingPark.Inject(new NetworkServerFault(NetworkServerFaultKind.Status, 100)
        {
            Status = 503, When = request => request.Method == "POST" && request.Json()?["EUI"]?.GetValue<string>() == busy,
        });
        await hub.CreateAsync(busy, ServedSync.Tags(busy));
        await hub.CreateAsync(refused, ServedSync.Tags(refused, key: "no key"));
        await using var control = await Sync.ControlAsync();
        await TestDeadline.UntilAsync(() => Sync.Events.Contains("ExternalDeviceCreationError"), "the busy server is told of");
        var status = await control.GetStatusAsync(Token);
        Assert.True(status.Serving);
        Assert.Contains(status.Next, item => item.DeviceId == busy && item.Attempts == 1 && item.Reason is { Length: > 0 } && item.NextAttempt > item.FirstSeen.AddMinutes(3));
        if (status.Dead == 0)
        {
            // Incomplete rather than refused: the provider knows what a key looks like.
            Assert.Contains(status.Next, item => item.DeviceId == refused && item.Phase == "twinCheck");
        }

        Assert.Empty(await control.DiscardDeadAsync(new DeadSelection([busy]), Token));
    }

    [Fact]
    public async Task Health_answers_and_what_is_not_there_is_404_as_json()
    {
        Assert.Equal("ok\n", await Sync.Http.GetStringAsync(new Uri(Sync.Url, "/livez"), Token));
        Assert.Equal("ok\n", await Sync.Http.GetStringAsync(new Uri(Sync.Url, "/readyz"), Token));
        using var answer = await Sync.Http.GetAsync(new Uri(Sync.Url, "/api/devices/x"), Token);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Contains("\"error\"", await answer.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        Assert.True(Sync.Ready.Events);
        Assert.Null(Sync.Ready.Webhook);
        Assert.Null(Sync.Ready.Facade);
    }

    private static string NextEui() => $"70B3D5499B{Interlocked.Increment(ref s_last):X6}";

    private static async Task UntilDeadAsync(ISyncControl control, long count)
    {
        for (var deadline = TestDeadline.Default; (await control.GetStatusAsync(Token)).Dead != count; deadline -= TimeSpan.FromMilliseconds(10))
        {
            Assert.True(deadline > TimeSpan.Zero, $"There are not {count} dead letters.");
            await Task.Delay(10, Token);
        }
    }

    private Task ReadingAsync() => TestDeadline.UntilAsync(
        () => Sync.Log.Any(line => line.Contains("Reading the events", StringComparison.Ordinal)), "the events are read");
}
