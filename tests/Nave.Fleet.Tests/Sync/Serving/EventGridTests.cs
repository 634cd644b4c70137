using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Nave.Api;
using Nave.Fleet.Sync.EventGrid;
using Nave.Fleet.Sync.Hosting;
using Nave.Testing;

namespace Nave.Fleet.Tests.Sync.Serving;

/// <summary>The webhook, over HTTP, with a hub and a network server behind it.</summary>
public sealed class EventGridTests(ServedHub hub) : IClassFixture<ServedHub>, IAsyncLifetime
{
    private static int s_last;
    private ServedSync? _sync;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private ServedSync Sync => _sync!; // Started before each test.

    private Uri Webhook => new(Sync.Url, EventGridEndpoint.Path);

    public async ValueTask InitializeAsync() => _sync = await ServedSync.StartAsync(
        hub, $"master: hub\nrealtime:\n  events: false\nwebhooks:\n  sharedSecret: ['{ServedSync.Secret}', 'the one that comes next']\n");

    public async ValueTask DisposeAsync() => await Sync.DisposeAsync();

    [Fact]
    public async Task A_complete_device_is_created_at_once_and_deleted_with_the_hubs()
    {
        var eui = NextEui();
        await hub.CreateAsync(eui, ServedSync.Tags(eui));
        Assert.Equal(HttpStatusCode.OK, await DeliverAsync(Event("DeviceCreated", eui)));
        await UntilAsync(eui, isThere: true);
        Assert.Equal("258DB54023EA7FE3D55085F7351737D0", Sync.ThingPark.KeyOf(eui));

        await hub.DeleteAsync(eui);
        Assert.Equal(HttpStatusCode.OK, await DeliverAsync(Event("DeviceDeleted", eui)));
        await UntilAsync(eui, isThere: false);
        await TestDeadline.UntilAsync(() => Sync.Events.Count == 2, "both are told");
        Assert.Equal(["ExternalDeviceCreated", "ExternalDeviceDeleted"], Sync.Events);
    }

    [Theory]
    [InlineData("eventGrid")]
    [InlineData("cloudEvents")]
    public async Task The_hubs_own_webhook_is_all_that_is_needed(string schema)
    {
        var name = $"sync-{schema.ToLowerInvariant()}";
        await hub.Service.PutWebhookAsync(
            name,
            RawJson.Parse($$"""
                {"url":"{{Webhook}}","schema":"{{schema}}","events":["DeviceCreated","DeviceDeleted"],"allowHttp":true,"headerName":"x-functions-key","headerValue":"{{ServedSync.Secret}}"}
                """),
            Token);
        try
        {
            var eui = NextEui();
            await hub.CreateAsync(eui, ServedSync.Tags(eui));
            await UntilAsync(eui, isThere: true);
            await hub.DeleteAsync(eui);
            await UntilAsync(eui, isThere: false);
        }
        finally
        {
            await hub.Service.DeleteWebhookAsync(name, Token);
        }
    }

    [Fact]
    public async Task Cloud_events_are_taken_too()
    {
        var eui = NextEui();
        await hub.CreateAsync(eui, ServedSync.Tags(eui));
        var body = $$"""{"specversion":"1.0","type":"Microsoft.Devices.DeviceCreated","source":"/x","id":"1","subject":"devices/{{eui}}","data":{"deviceId":"{{eui}}","hubName":"localhost"} }""";
        Assert.Equal(HttpStatusCode.OK, await DeliverAsync(body, "application/cloudevents+json"));
        await UntilAsync(eui, isThere: true);
    }

    [Fact]
    public async Task One_bad_event_does_not_abort_its_batch()
    {
        var (first, last) = (NextEui(), NextEui());
        await hub.CreateAsync(first, ServedSync.Tags(first));
        await hub.CreateAsync(last, ServedSync.Tags(last));
        string[] bad =
        [
            "null", "7", "{}", "[]", """{"eventType":"Microsoft.Devices.DeviceCreated"}""",
            """{"eventType":"Microsoft.Devices.DeviceCreated","data":{"deviceId":"no/id"}}""",
            """{"eventType":"Microsoft.Devices.DeviceCreated","data":{"deviceId":"\ud800"}}""",
            """{"data":{"opType":"createDeviceIdentity","deviceId":"x"}}""",
            """{"eventType":"Microsoft.Devices.DeviceTelemetry","data":{"deviceId":"x"}}""",
        ];
        Assert.Equal(HttpStatusCode.OK, await DeliverAsync($"[{Event("DeviceCreated", first)},{string.Join(',', bad)},{Event("DeviceCreated", last)}]"));
        await UntilAsync(first, isThere: true);
        await UntilAsync(last, isThere: true);
    }

    [Fact]
    public async Task Events_that_come_often_and_in_any_order_make_exactly_one_device()
    {
        var euis = Enumerable.Range(0, 8).Select(_ => NextEui()).ToArray();
        var events = new List<string>();
        foreach (var eui in euis)
        {
            await hub.CreateAsync(eui, ServedSync.Tags(eui));
            events.AddRange([Event("DeviceCreated", eui), Event("DeviceDeleted", eui), Event("DeviceCreated", eui)]);
        }

        // The second half is gone again before its events come; their order says nothing.
        foreach (var eui in euis[4..])
        {
            await hub.DeleteAsync(eui);
            events.Add(Event("DeviceDeleted", eui));
        }

        var random = new Random(7);
        for (var round = 0; round < 3; round++)
        {
            var shuffled = events.ToArray();
            random.Shuffle(shuffled);
            await Task.WhenAll(shuffled.Chunk(5).Select(batch => DeliverAsync($"[{string.Join(',', batch)}]")));
        }

        await IdleAsync();
        Assert.Equal(euis[..4].Order(StringComparer.Ordinal), Sync.ThingPark.DeviceEuis);
        Assert.Equal(4, Sync.ThingPark.Requests.Count(request => request.StartsWith("POST", StringComparison.Ordinal) && request.Contains("/devices", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_deletion_of_what_is_gone_is_done_and_is_not_tried_again()
    {
        var eui = NextEui();
        await hub.CreateAsync(eui, ServedSync.Tags(eui));
        await DeliverAsync(Event("DeviceCreated", eui));
        await UntilAsync(eui, isThere: true);
        await IdleAsync();
        Sync.ThingPark.Remove(eui);
        await hub.DeleteAsync(eui);
        await DeliverAsync(Event("DeviceDeleted", eui));
        await IdleAsync();
        await using var control = await Sync.ControlAsync();
        Assert.Equal(0, (await control.GetStatusAsync(Token)).Dead);
    }

    [Fact]
    public async Task Events_of_another_hub_are_left_out()
    {
        var eui = NextEui();
        await hub.CreateAsync(eui, ServedSync.Tags(eui));
        Assert.Equal(HttpStatusCode.OK, await DeliverAsync(Event("DeviceCreated", eui, "elsewhere")));
        await IdleAsync();
        Assert.DoesNotContain(eui, Sync.ThingPark.DeviceEuis);
    }

    [Fact]
    public async Task The_handshake_of_event_grid_is_answered()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Webhook) { Content = Json("""[{"id":"1","topic":"t","subject":"","data":{"validationCode":"512d38b6-c7b8-40c8-89fe-f46f9e9622b6","validationUrl":"https://x"},"eventType":"Microsoft.EventGrid.SubscriptionValidationEvent"}]""") };
        request.Headers.Add("x-functions-key", ServedSync.Secret);
        request.Headers.Add("aeg-event-type", "SubscriptionValidation");
        using var answer = await Sync.Http.SendAsync(request, Token);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var body = await answer.Content.ReadFromJsonAsync<JsonElement>(Token);
        Assert.Equal("512d38b6-c7b8-40c8-89fe-f46f9e9622b6", body.GetProperty("validationResponse").GetString());
    }

    [Fact]
    public async Task The_handshake_of_cloud_events_is_answered()
    {
        using var request = new HttpRequestMessage(HttpMethod.Options, new Uri(Webhook, $"?code={Uri.EscapeDataString(ServedSync.Secret)}"));
        request.Headers.Add("WebHook-Request-Origin", "eventgrid.azure.net");
        using var answer = await Sync.Http.SendAsync(request, Token);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("eventgrid.azure.net", answer.Headers.GetValues("WebHook-Allowed-Origin").Single());
    }

    [Fact]
    public async Task Nobody_is_let_in_without_the_secret()
    {
        foreach (var method in (HttpMethod[])[HttpMethod.Post, HttpMethod.Options])
        {
            foreach (var secret in (string?[])[null, "", "wrong", ServedSync.Secret + "x", ServedSync.Secret[..^1]])
            {
                using var request = new HttpRequestMessage(method, Webhook) { Content = Json("[]") };
                request.Headers.Add("WebHook-Request-Origin", "x");
                if (secret is not null)
                {
                    request.Headers.Add("x-functions-key", secret);
                }

                using var answer = await Sync.Http.SendAsync(request, Token);
                Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
            }
        }

        using var run = await Sync.Http.PostAsync(new Uri(Sync.Url, RunEndpoint.Path), null, Token);
        Assert.Equal(HttpStatusCode.Unauthorized, run.StatusCode);
    }

    [Fact]
    public async Task The_secret_that_comes_next_is_good_too()
    {
        using var answer = await Sync.Http.PostAsync(new Uri(Webhook, "?code=the%20one%20that%20comes%20next"), Json("[]"), Token);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Theory]
    [InlineData("no json", HttpStatusCode.BadRequest)]
    [InlineData("7", HttpStatusCode.BadRequest)]
    [InlineData("", HttpStatusCode.BadRequest)]
    public async Task What_is_no_delivery_is_refused_for_good(string body, HttpStatusCode expected) => Assert.Equal(expected, await DeliverAsync(body));

    [Fact]
    public async Task A_body_that_is_too_large_is_refused_before_it_is_read()
    {
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, await DeliverAsync(new string(' ', EventGridParser.MaxBodyBytes + 1)));
        Assert.Equal(HttpStatusCode.BadRequest, await DeliverAsync($"[{string.Join(',', Enumerable.Repeat("{}", EventGridParser.MaxEvents + 1))}]"));
    }

    [Fact]
    public async Task No_secret_is_in_a_log_a_status_or_a_dead_letter()
    {
        const string Applied = "258DB54023EA7FE3D55085F7351737XX"; // not hex: the careless server says it back
        var (good, bad) = (NextEui(), NextEui());
        await hub.CreateAsync(good, ServedSync.Tags(good));
        await hub.CreateAsync(bad, ServedSync.Tags(bad, key: Applied));
        await DeliverAsync($"[{Event("DeviceCreated", good)},{Event("DeviceCreated", bad)}]");
        await UntilAsync(good, isThere: true);
        await TestDeadline.UntilAsync(() => Sync.Events.Count > 1, "the other is told of");
        await using var control = await Sync.ControlAsync();
        var told = string.Join('\n', Sync.Log) + JsonSerializer.Serialize(await control.GetStatusAsync(Token)) + JsonSerializer.Serialize(await control.GetDeadAsync(Token));
        foreach (var secret in (string[])[Applied, "258DB54023EA7FE3D55085F7351737D0", ServedSync.Secret, Sync.ThingPark.ClientSecret, Sync.ThingPark.LastToken])
        {
            Assert.DoesNotContain(secret, told, StringComparison.OrdinalIgnoreCase);
        }
    }

    private static string NextEui() => $"70B3D5499A{Interlocked.Increment(ref s_last):X6}";

    private static string Event(string type, string deviceId, string hubName = "localhost") => $$"""
        {"id":"{{Guid.NewGuid()}}","topic":"/SUBSCRIPTIONS/x/IOTHUBS/{{hubName}}","subject":"devices/{{deviceId}}","eventType":"Microsoft.Devices.{{type}}",
         "eventTime":"2026-01-01T00:00:00Z","data":{"twin":{"deviceId":"{{deviceId}}","etag":"AAAAAAAAAAE=","version":2},"hubName":"{{hubName}}","deviceId":"{{deviceId}}"},
         "dataVersion":"1","metadataVersion":"1"}
        """;

    private static StringContent Json(string body, string type = "application/json") => new(body, Encoding.UTF8, type);

    private async Task<HttpStatusCode> DeliverAsync(string body, string type = "application/json")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Webhook) { Content = Json(body, type) };
        request.Headers.Add("x-functions-key", ServedSync.Secret);
        using var answer = await Sync.Http.SendAsync(request, Token);
        return answer.StatusCode;
    }

    private Task UntilAsync(string eui, bool isThere) =>
        TestDeadline.UntilAsync(() => Sync.ThingPark.DeviceEuis.Contains(eui) == isThere, $"{eui} is {(isThere ? "there" : "gone")}");

    private async Task IdleAsync()
    {
        await using var control = await Sync.ControlAsync();
        SyncStatus? status = null;
        for (var deadline = TestDeadline.Default; status is not { QueueDepth: 0 }; deadline -= TimeSpan.FromMilliseconds(10))
        {
            Assert.True(deadline > TimeSpan.Zero, $"The queue is not empty: {JsonSerializer.Serialize(status)}");
            await Task.Delay(10, Token);
            status = await control.GetStatusAsync(Token);
        }
    }
}
