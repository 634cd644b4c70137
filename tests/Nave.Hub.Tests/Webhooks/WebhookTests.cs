using System.Text.Json;
using Nave.Api;
using Nave.Hub.Connections;
using Nave.Hub.Webhooks;
using Nave.Testing;

namespace Nave.Hub.Tests.Webhooks;

/// <summary>Webhooks as Event Grid's, against a real server, on a real hub.</summary>
public sealed class WebhookTests
{
    private const string Host = "hub.test";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(WebhookSchema.EventGrid)]
    [InlineData(WebhookSchema.CloudEvents)]
    public async Task A_webhook_is_asked_and_told_of_devices_in_its_schema(WebhookSchema schema)
    {
        await using var hub = await TestHub.OpenAsync();
        await using var receiver = WebhookReceiver.Start(_ => 200);
        var added = await hub.Hub.Webhooks.AddAsync(Define(receiver) with { Schema = schema, HeaderName = "X-Key", HeaderValue = "a secret" }, Host, Cancellation);
        Assert.Equal("active", added.Value?.State);
        var asked = receiver.All.Single();
        Assert.Equal(schema == WebhookSchema.EventGrid ? "POST" : "OPTIONS", asked.Method);
        if (schema == WebhookSchema.CloudEvents)
        {
            Assert.Equal(Host, asked.Headers["WebHook-Request-Origin"]);
        }

        var device = await hub.CreateAsync("d1");
        var (session, _) = await hub.ConnectAsync(device);
        await receiver.WaitForAsync(2); // Of a connection that ends at once nothing need be told.
        session.Close(CloseReason.ClosedByPeer);
        await receiver.WaitForAsync(3);
        await hub.CreateAsync("d1", "m1");
        Assert.Null((await hub.Hub.Registry.DeleteAsync(new IdentityId("d1"), "*", Cancellation)).Error);
        await receiver.WaitForAsync(4);

        var events = receiver.Events;
        Assert.Equal(
            ["Microsoft.Devices.DeviceConnected", "Microsoft.Devices.DeviceCreated", "Microsoft.Devices.DeviceDeleted", "Microsoft.Devices.DeviceDisconnected"],
            events.Select(e => e.Type).Order(StringComparer.Ordinal));
        Assert.All(events, e =>
        {
            Assert.Equal("devices/d1", e.Subject);
            Assert.Equal("a secret", e.Headers["X-Key"]);
            Assert.Equal("FIRST", e.Headers["aeg-subscription-name"]);
            Assert.Equal("0", e.Headers["aeg-delivery-count"]);
            Assert.Equal(("d1", "hub"), ((string?)e.Event["data"]!["deviceId"], (string?)e.Event["data"]!["hubName"]));
            Assert.True(DateTimeOffset.TryParse((string?)(e.Event["eventTime"] ?? e.Event["time"]), System.Globalization.CultureInfo.InvariantCulture, out _));
            Assert.EndsWith("/IOTHUBS/HUB", (string?)(e.Event["topic"] ?? e.Event["source"]), StringComparison.Ordinal);
            Assert.StartsWith(schema == WebhookSchema.EventGrid ? "application/json" : "application/cloudevents+json", e.Headers["Content-Type"], StringComparison.Ordinal);
        });
        Assert.Equal(4, events.Select(e => (string)e.Event["id"]!).Distinct().Count());
        var twin = events.Single(e => e.Type.EndsWith("Created", StringComparison.Ordinal)).Event["data"]!["twin"]!;
        Assert.Equal(("d1", "Disconnected", 0), ((string?)twin["deviceId"], (string?)twin["connectionState"], (int?)twin["cloudToDeviceMessageCount"]));
        Assert.Equal(1, (int?)twin["properties"]!["desired"]!["$version"]);
        if (schema == WebhookSchema.CloudEvents)
        {
            Assert.All(events, e => Assert.Equal("1.0", (string?)e.Event["specversion"]));
        }
    }

    [Fact]
    public async Task Only_what_was_asked_for_is_delivered()
    {
        await using var hub = await TestHub.OpenAsync();
        await using var receiver = WebhookReceiver.Start(_ => 204);
        await AddAsync(hub, Define(receiver) with { Events = WebhookEvents.DeviceDeleted });
        await hub.CreateAsync("d1");
        Assert.Null((await hub.Hub.Registry.DeleteAsync(new IdentityId("d1"), "*", Cancellation)).Error);
        await receiver.WaitForAsync(1);
        Assert.Equal("Microsoft.Devices.DeviceDeleted", receiver.Events.Single().Type);
    }

    [Fact]
    public async Task A_failed_event_is_tried_again_by_the_schedule_and_across_a_restart()
    {
        var clock = new ManualClock();
        await using var hub = await TestHub.OpenAsync(clock);
        var status = 500;
        await using var receiver = WebhookReceiver.Start(_ => Volatile.Read(ref status));
        await AddAsync(hub, Define(receiver) with { Events = WebhookEvents.DeviceCreated });
        await hub.CreateAsync("d1");
        await PendingAsync(hub, 1);
        foreach (var wait in (int[])[10, 30, 60])
        {
            // Each attempt fails in its own way, so that its end is seen: time that goes on before that would cut it off.
            Volatile.Write(ref status, status + 1);
            clock.Advance(TimeSpan.FromSeconds(wait));
            await UntilAsync(hub, found => found.LastProblem?.Contains($"{status}", StringComparison.Ordinal) == true, $"the attempt that got {status} ended");
        }

        await hub.RestartAsync();
        await PendingAsync(hub, 1);
        Volatile.Write(ref status, 200);
        var attempts = receiver.Events.Count;
        Assert.Equal(4, attempts);
        clock.Advance(TimeSpan.FromMinutes(5));
        await receiver.WaitForAsync(attempts + 1);
        await PendingAsync(hub, 0);

        var events = receiver.Events;
        Assert.Single(events.Select(e => (string)e.Event["id"]!).Distinct());
        Assert.Equal(["0", "1", "2", "3", "4"], events.Select(e => e.Headers["aeg-delivery-count"]));

        // What was delivered is not read again after a restart.
        await hub.RestartAsync();
        await hub.CreateAsync("d2");
        await receiver.WaitForAsync(events.Count + 1);
        Assert.Equal("devices/d2", receiver.Events[^1].Subject);
    }

    [Fact]
    public async Task What_happens_while_the_hub_s_webhooks_are_closed_is_told_afterwards()
    {
        await using var hub = await TestHub.OpenAsync();
        await using var receiver = WebhookReceiver.Start(_ => 200);
        await AddAsync(hub, Define(receiver) with { Events = WebhookEvents.DeviceCreated });
        await hub.CreateAsync("d1");
        await receiver.WaitForAsync(1);
        await hub.Hub.Webhooks.DisposeAsync();
        await hub.CreateAsync("d2");
        await hub.RestartAsync();
        await receiver.WaitForAsync(2);
        Assert.Equal(["devices/d1", "devices/d2"], receiver.Events.Select(e => e.Subject).Distinct());
    }

    [Theory]
    [InlineData(400)]
    [InlineData(413)]
    public async Task Final_answers_are_dead_letters_at_once_and_can_be_tried_again_or_discarded(int final)
    {
        await using var hub = await TestHub.OpenAsync();
        var status = final;
        await using var receiver = WebhookReceiver.Start(_ => Volatile.Read(ref status));
        await AddAsync(hub, Define(receiver) with { Events = WebhookEvents.DeviceCreated });
        await hub.CreateAsync("d1");
        await hub.CreateAsync("d2");
        var dead = await DeadAsync(hub, 2);
        Assert.All(dead, letter => Assert.Equal((1, "Microsoft.Devices.DeviceCreated"), (letter.Attempts, letter.EventType)));
        Assert.Contains($"{final}", dead[0].Reason, StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.Array, dead[0].Event.ValueKind);

        Volatile.Write(ref status, 200);
        Assert.Null((await hub.Hub.Webhooks.SettleDeadAsync("first", dead[0].Id, again: true, Cancellation)).Error);
        Assert.Null((await hub.Hub.Webhooks.SettleDeadAsync("first", dead[1].Id, again: false, Cancellation)).Error);
        await receiver.WaitForAsync(3);
        await PendingAsync(hub, 0);
        Assert.Empty(await DeadAsync(hub, 0));
        Assert.Equal(dead[0].Subject, receiver.Events[^1].Subject);
        Assert.NotNull((await hub.Hub.Webhooks.SettleDeadAsync("first", dead[0].Id, again: true, Cancellation)).Error);
    }

    [Fact]
    public async Task After_24_hours_an_event_is_given_up_with_its_last_answer()
    {
        var clock = new ManualClock();
        await using var hub = await TestHub.OpenAsync(clock);
        await using var receiver = WebhookReceiver.Start(_ => 500);
        await AddAsync(hub, Define(receiver) with { Events = WebhookEvents.DeviceCreated });
        await hub.CreateAsync("d1");
        await PendingAsync(hub, 1);
        clock.Advance(TimeSpan.FromHours(24));
        var dead = Assert.Single(await DeadAsync(hub, 1));
        Assert.StartsWith("24 h are over.", dead.Reason, StringComparison.Ordinal);
        await PendingAsync(hub, 0);
    }

    [Fact]
    public void The_schedule_is_that_of_event_grid_and_fits_30_attempts_into_24_hours()
    {
        int[] seconds = [10, 30, 60, 300, 600, 1800, 3600, 3600, 3600];
        Assert.Equal(seconds, Enumerable.Range(1, 9).Select(attempt => (int)WebhookSchedule.WaitAfter(attempt).TotalSeconds));
        var (age, attempts) = (TimeSpan.Zero, 1);
        while (age + WebhookSchedule.WaitAfter(attempts) < WebhookSchedule.MaxAge)
        {
            age += WebhookSchedule.WaitAfter(attempts++);
        }

        Assert.InRange(attempts, 24, WebhookSchedule.MaxAttempts);
        Assert.Equal(30, WebhookSchedule.MaxAttempts);
    }

    [Fact]
    public async Task A_webhook_that_hangs_and_an_event_that_fails_delay_nobody_else()
    {
        await using var hub = await TestHub.OpenAsync();
        var hang = new TaskCompletionSource();
        await using var slow = WebhookReceiver.Start(async request =>
        {
            if (request.Kind == "Notification")
            {
                await hang.Task;
            }

            return new WebhookReceiver.Reply(200, request.Code is { } code ? $$"""{"validationResponse":"{{code}}"}""" : "");
        });
        await using var picky = WebhookReceiver.Start(request => request.Subject == "devices/d0" ? 500 : 200);
        await AddAsync(hub, Define(slow) with { Events = WebhookEvents.DeviceCreated });
        await AddAsync(hub, Define(picky) with { Name = "second", Events = WebhookEvents.DeviceCreated });
        for (var i = 0; i < 30; i++)
        {
            await hub.CreateAsync($"d{i}");
        }

        await TestDeadline.UntilAsync(() => picky.Events.Select(e => e.Subject).Distinct().Count() == 30, "every event came to the second webhook");
        hang.SetResult();
        await slow.WaitForAsync(30);
    }

    [Fact]
    public async Task A_webhook_that_is_down_is_not_flooded_and_gets_everything_when_it_is_back()
    {
        var clock = new ManualClock();
        await using var hub = await TestHub.OpenAsync(clock);
        var status = 503;
        await using var receiver = WebhookReceiver.Start(_ => Volatile.Read(ref status));
        await AddAsync(hub, Define(receiver) with { Events = WebhookEvents.DeviceCreated });
        for (var i = 0; i < 60; i++)
        {
            await hub.CreateAsync($"d{i}");
        }

        await TestDeadline.UntilAsync(() => receiver.Events.Count >= 10, "the webhook was tried");
        Assert.InRange(receiver.Events.Count, 10, 24); // Events are tried eight at a time, and no more after ten in a row have failed.
        Volatile.Write(ref status, 200);
        var looks = 0;
        await TestDeadline.UntilAsync(
            () =>
            {
                // A delivery has 30 of these seconds: they must not be over before a slow machine has answered.
                if (++looks % 25 == 0)
                {
                    clock.Advance(TimeSpan.FromSeconds(1));
                }

                return receiver.Events.Select(e => e.Subject).Distinct().Count() == 60;
            },
            "every event came");
    }

    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        await using var hub = await TestHub.OpenAsync();
        await using var target = WebhookReceiver.Start(_ => 200);
        await using var receiver = WebhookReceiver.Start(request => Task.FromResult(request.Code is { } code
            ? new WebhookReceiver.Reply(200, $$"""{"validationResponse":"{{code}}"}""")
            : new WebhookReceiver.Reply(307, "", Location: target.Url)));
        await AddAsync(hub, Define(receiver) with { Events = WebhookEvents.DeviceCreated });
        await hub.CreateAsync("d1");
        await PendingAsync(hub, 1);
        Assert.Empty(target.All);
    }

    [Fact]
    public async Task A_webhook_that_does_not_say_yes_gets_nothing_until_its_validation_url_is_opened()
    {
        var clock = new ManualClock();
        await using var hub = await TestHub.OpenAsync(clock);
        await using var receiver = WebhookReceiver.Start(_ => Task.FromResult(new WebhookReceiver.Reply(200, "{}")));
        var added = await hub.Hub.Webhooks.AddAsync(Define(receiver) with { Events = WebhookEvents.DeviceCreated }, "hub.test:8443", Cancellation);
        Assert.Equal("awaitingValidation", added.Value?.State);
        Assert.NotNull(added.Value?.LastProblem);
        await hub.CreateAsync("d1");

        var url = new Uri((string)receiver.All.Single().Event["data"]!["validationUrl"]!);
        Assert.StartsWith("https://hub.test:8443/nave/webhooks/first/validate?token=", url.ToString(), StringComparison.Ordinal);
        var token = url.Query.Split('=')[1];
        Assert.NotNull((await hub.Hub.Webhooks.ValidateAsync("first", token + "x", Cancellation)).Error);
        await hub.RestartAsync();
        Assert.Empty(receiver.Events);
        Assert.Null((await hub.Hub.Webhooks.ValidateAsync("first", token, Cancellation)).Error);
        await receiver.WaitForAsync(1);
        Assert.NotNull((await hub.Hub.Webhooks.ValidateAsync("first", token, Cancellation)).Error);
    }

    [Fact]
    public async Task A_validation_url_ends_after_ten_minutes_and_a_test_asks_again()
    {
        var clock = new ManualClock();
        await using var hub = await TestHub.OpenAsync(clock);
        var willing = false;
        await using var receiver = WebhookReceiver.Start(request => Task.FromResult(new WebhookReceiver.Reply(
            200, Volatile.Read(ref willing) && request.Code is { } code ? $$"""{"validationResponse":"{{code}}"}""" : "")));
        await hub.Hub.Webhooks.AddAsync(Define(receiver), Host, Cancellation);
        var token = new Uri((string)receiver.All.Single().Event["data"]!["validationUrl"]!).Query.Split('=')[1];
        clock.Advance(TimeSpan.FromMinutes(10));
        Assert.NotNull((await hub.Hub.Webhooks.ValidateAsync("first", token, Cancellation)).Error);

        Assert.NotNull((await hub.Hub.Webhooks.TestAsync("first", Host, Cancellation)).Value?.Problem);
        Volatile.Write(ref willing, true);
        Assert.Null((await hub.Hub.Webhooks.TestAsync("first", Host, Cancellation)).Value?.Problem);
        Assert.Equal("active", (await hub.Hub.Webhooks.FindAsync("first", Cancellation)).Value?.State);
    }

    [Fact]
    public async Task A_cloud_events_webhook_that_permits_another_origin_is_refused()
    {
        await using var hub = await TestHub.OpenAsync();
        await using var receiver = WebhookReceiver.Start(_ => Task.FromResult(new WebhookReceiver.Reply(200, "", Origin: "other.test")));
        var added = await hub.Hub.Webhooks.AddAsync(Define(receiver) with { Schema = WebhookSchema.CloudEvents }, Host, Cancellation);
        Assert.Equal(HubErrorCode.ArgumentInvalid, added.Error?.Code);
        Assert.Empty(await hub.Hub.Webhooks.ListAsync(Cancellation));
    }

    [Fact]
    public void What_may_not_be_is_refused_without_repeating_a_secret()
    {
        var good = new WebhookDefinition { Name = "first", Url = "https://example.com/hook?code=secret" };
        Assert.Null(good.FindProblem());
        WebhookDefinition[] wrong =
        [
            good with { Name = "No" }, good with { Name = "a/b" }, good with { Url = "http://example.com/?code=secret" }, good with { Url = "https://user:secret@example.com" },
            good with { Url = "file:///etc/passwd" }, good with { Url = "relative" }, good with { Events = WebhookEvents.None }, good with { HeaderName = "X" },
            good with { HeaderName = "Host", HeaderValue = "secret" }, good with { HeaderName = "X Y", HeaderValue = "secret" }, good with { HeaderName = "X", HeaderValue = "secret\r\nY: z" },
        ];
        Assert.All(wrong, definition => Assert.NotNull(definition.FindProblem()));
        Assert.All(wrong, definition => Assert.DoesNotContain("secret", definition.FindProblem(), StringComparison.Ordinal));
        Assert.DoesNotContain("secret", good.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Secrets_are_neither_listed_nor_in_clear_on_the_disk()
    {
        await using var hub = await TestHub.OpenAsync();
        await using var receiver = WebhookReceiver.Start(_ => 200);
        await AddAsync(hub, Define(receiver) with { HeaderName = "X-Key", HeaderValue = "unmistakable-secret" });
        Assert.DoesNotContain("secret", JsonSerializer.Serialize(await hub.Hub.Webhooks.ListAsync(Cancellation)), StringComparison.Ordinal);
        await hub.StopAsync();
        foreach (var file in Directory.EnumerateFiles(hub.DataFolder, "*", SearchOption.AllDirectories))
        {
            Assert.DoesNotContain("unmistakable-secret", await File.ReadAllTextAsync(file, Cancellation), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_removed_webhook_leaves_nothing_and_a_new_one_of_its_name_starts_afresh()
    {
        await using var hub = await TestHub.OpenAsync();
        await using var receiver = WebhookReceiver.Start(request => request.Subject == "devices/d1" ? 400 : 200);
        await AddAsync(hub, Define(receiver) with { Events = WebhookEvents.DeviceCreated });
        await hub.CreateAsync("d1");
        await DeadAsync(hub, 1);
        Assert.Null((await hub.Hub.Webhooks.RemoveAsync("first", Cancellation)).Error);
        await hub.CreateAsync("d2");
        Assert.Equal(HubErrorCode.GenericNotFound, (await hub.Hub.Webhooks.RemoveAsync("first", Cancellation)).Error?.Code);

        await AddAsync(hub, Define(receiver) with { Events = WebhookEvents.DeviceCreated });
        Assert.Empty(await DeadAsync(hub, 0));
        await hub.CreateAsync("d3");
        await receiver.WaitForAsync(2);
        Assert.Equal(["devices/d1", "devices/d3"], receiver.Events.Select(e => e.Subject));
    }

    private static WebhookDefinition Define(WebhookReceiver receiver) => new() { Name = "first", Url = receiver.Url, AllowHttp = true };

    private static async Task AddAsync(TestHub hub, WebhookDefinition definition)
    {
        var added = await hub.Hub.Webhooks.AddAsync(definition, Host, Cancellation);
        Assert.Null(added.Error);
        Assert.Equal(("active", (string?)null), (added.Value!.State, added.Value.LastProblem));
    }

    private static Task PendingAsync(TestHub hub, int count) => UntilAsync(hub, found => found.Pending == count, $"{count} events wait");

    private static async Task UntilAsync(TestHub hub, Func<WebhookStatus, bool> condition, string what)
    {
        var deadline = TimeProvider.System.GetUtcNow() + TestDeadline.Default;
        while ((await hub.Hub.Webhooks.FindAsync("first", Cancellation)).Value is not { } status || !condition(status))
        {
            Assert.True(TimeProvider.System.GetUtcNow() < deadline, what);
            await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System, Cancellation);
        }
    }

    private static async Task<IReadOnlyList<DeadLetter>> DeadAsync(TestHub hub, int count)
    {
        var deadline = TimeProvider.System.GetUtcNow() + TestDeadline.Default;
        while (true)
        {
            var read = await hub.Hub.Webhooks.ReadDeadAsync("first", 100, Cancellation);
            if (read.Value is { } dead && dead.Count == count)
            {
                return dead;
            }

            Assert.True(TimeProvider.System.GetUtcNow() < deadline, $"{count} dead letters");
            await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System, Cancellation);
        }
    }
}
