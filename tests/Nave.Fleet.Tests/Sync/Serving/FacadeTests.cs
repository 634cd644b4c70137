using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Nave.Api;
using Nave.Fleet.Sync.Facade;
using Nave.Fleet.Sync.Hosting;
using Nave.Fleet.Sync.State;

namespace Nave.Fleet.Tests.Sync.Serving;

/// <summary>Just-in-time provisioning over HTTP, on a real hub.</summary>
public sealed class FacadeTests(ServedHub hub) : IClassFixture<ServedHub>, IAsyncLifetime
{
    private static int s_last;
    private readonly TaskCompletionSource _runEnds = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ServedSync? _sync;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private ServedSync Sync => _sync!; // Started before each test.

    public async ValueTask InitializeAsync() => await StartAsync(softDelete: false);

    public async ValueTask DisposeAsync()
    {
        _runEnds.TrySetResult();
        await Sync.DisposeAsync();
    }

    [Fact]
    public async Task A_device_is_created_with_the_body_as_its_tags_and_deleted()
    {
        var id = NextId();
        Assert.Equal((HttpStatusCode.Created, "created"), await PostAsync(id, """{"site":"rome","floor":"3"}"""));
        Assert.Equal(("rome", "3"), (await TagAsync(id, "site"), await TagAsync(id, "floor")));
        Assert.Equal((HttpStatusCode.OK, "deleted"), await SendAsync(HttpMethod.Delete, $"/api/devices/{id}", null));
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(HttpMethod.Delete, $"/api/devices/{id}", null)).Status);
        Assert.Equal(["IoTHubDeviceCreated", "IoTHubDeviceDeleted"], Sync.Events);
    }

    [Fact]
    public async Task Creating_what_is_there_is_no_error_and_its_tags_are_changed()
    {
        var id = NextId();
        await PostAsync(id, """{"site":"rome","keep":"me"}""");
        Assert.Equal((HttpStatusCode.OK, "unchanged"), await PostAsync(id, """{"site":"rome"}"""));
        Assert.Equal((HttpStatusCode.OK, "updated"), await PostAsync(id, """{"site":"oslo"}"""));
        Assert.Equal(("oslo", "me"), (await TagAsync(id, "site"), await TagAsync(id, "keep")));
    }

    [Fact]
    public async Task Callers_at_the_same_time_make_one_device()
    {
        var id = NextId();
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => PostAsync(id, """{"site":"rome"}""")));
        Assert.Single(answers, answer => answer.Status == HttpStatusCode.Created);
        Assert.Equal(7, answers.Count(answer => answer.Status == HttpStatusCode.OK));
    }

    [Fact]
    public async Task A_device_that_is_deleted_softly_is_disabled_and_revived_with_new_tags()
    {
        await Sync.DisposeAsync();
        await StartAsync(softDelete: true);
        var id = NextId();
        await PostAsync(id, """{"site":"rome","old":"tag"}""");
        Assert.Equal((HttpStatusCode.OK, "disabled"), await SendAsync(HttpMethod.Delete, $"/api/devices/{id}", null));
        var device = await hub.Service.GetDeviceAsync(new IdentityId(id), Token);
        Assert.Equal((DeviceStatus.Disabled, "Deleted by external system"), (device!.Status, device.StatusReason));
        Assert.Equal((HttpStatusCode.OK, "unchanged"), await SendAsync(HttpMethod.Delete, $"/api/devices/{id}", null));

        Assert.Equal((HttpStatusCode.Created, "revived"), await PostAsync(id, """{"site":"oslo"}"""));
        var revived = await hub.Service.GetDeviceAsync(new IdentityId(id), Token);
        Assert.Equal((DeviceStatus.Enabled, true), (revived!.Status, string.IsNullOrEmpty(revived.StatusReason)));
        Assert.Equal(device.Authentication!.SymmetricKey!.PrimaryKey, revived.Authentication!.SymmetricKey!.PrimaryKey);
        Assert.Equal(("oslo", null), (await TagAsync(id, "site"), await TagAsync(id, "old")));
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(HttpMethod.Delete, $"/api/devices/{NextId()}", null)).Status);
    }

    [Fact]
    public async Task A_device_that_its_owner_disabled_is_not_enabled()
    {
        var id = NextId();
        await PostAsync(id, "{}");
        var device = await hub.Service.GetDeviceAsync(new IdentityId(id), Token);
        await hub.Service.UpdateDeviceAsync(device! with { Status = DeviceStatus.Disabled, StatusReason = "stolen" }, cancellationToken: Token);
        Assert.Equal((HttpStatusCode.OK, "updated"), await PostAsync(id, """{"site":"oslo"}"""));
        Assert.Equal(DeviceStatus.Disabled, (await hub.Service.GetDeviceAsync(new IdentityId(id), Token))!.Status);
    }

    [Fact]
    public async Task An_unknown_hub_is_not_found_and_never_the_default_one()
    {
        var id = NextId();
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(HttpMethod.Post, $"/api/devices/nowhere/{id}", "{}")).Status);
        Assert.Null(await hub.Service.GetDeviceAsync(new IdentityId(id), Token));
    }

    [Fact]
    public async Task A_caller_may_use_its_own_hubs_only()
    {
        var id = NextId();
        Assert.Equal(HttpStatusCode.Forbidden, (await SendAsync(HttpMethod.Post, $"/api/devices/west/{id}", "{}")).Status);
        Assert.Equal(HttpStatusCode.Created, (await SendAsync(HttpMethod.Post, $"/api/devices/west/{id}", "{}", ServedSync.WestKey)).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await SendAsync(HttpMethod.Post, $"/api/devices/{id}", "{}", ServedSync.WestKey)).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await SendAsync(HttpMethod.Post, $"/api/devices/default/{id}", "{}", ServedSync.WestKey)).Status);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(HttpMethod.Post, $"/api/devices/DEFAULT/{id}", "{}")).Status);
    }

    [Fact]
    public async Task Nobody_is_let_in_without_a_key()
    {
        var id = NextId();
        foreach (var key in (string?[])[null, "", "wrong", ServedSync.Key + " "[..0] + "x"])
        {
            Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync(HttpMethod.Post, $"/api/devices/{id}", "{}", key)).Status);
            Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync(HttpMethod.Delete, $"/api/devices/{id}", null, key)).Status);

            // Whether a hub is known is nobody's business either.
            Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync(HttpMethod.Post, $"/api/devices/nowhere/{id}", "{}", key)).Status);
        }

        Assert.Null(await hub.Service.GetDeviceAsync(new IdentityId(id), Token));
    }

    [Theory]
    [InlineData("""{"site":1}""", "site")]
    [InlineData("""{"site":{"a":"b"}}""", "site")]
    [InlineData("""["x"]""", "no object")]
    [InlineData("no json", "not JSON")]
    [InlineData("""{"nave":"x"}""", "nave")]
    [InlineData("""{"a.b":"x"}""", "a.b")]
    [InlineData("""{"$a":"x"}""", "$a")]
    public async Task A_body_that_is_no_flat_object_of_texts_is_refused(string body, string named)
    {
        var id = NextId();
        using var answer = await SendRawAsync(HttpMethod.Post, $"/api/devices/{id}", body, ServedSync.Key);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(named, (await answer.Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Null(await hub.Service.GetDeviceAsync(new IdentityId(id), Token));
    }

    [Fact]
    public async Task A_body_that_is_too_large_and_an_id_that_is_none_are_refused()
    {
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await PostAsync(NextId(), $$"""{"a":"{{new string('x', FacadeBody.MaxBytes)}}"}""")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await PostAsync(NextId(), $$"""{"a":"{{new string('x', 9000)}}"}""")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await PostAsync("a%20b", "{}")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await PostAsync(new string('a', 129), "{}")).Status);
    }

    [Fact]
    public async Task A_run_is_started_by_a_caller_and_does_not_overlap_another()
    {
        Assert.Equal(HttpStatusCode.Forbidden, (await SendAsync(HttpMethod.Post, "/api/devices/west/x", "{}")).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync(HttpMethod.Post, RunEndpoint.Path, null, ServedSync.WestKey)).Status);
        Assert.Equal(HttpStatusCode.Accepted, (await SendAsync(HttpMethod.Post, RunEndpoint.Path, null)).Status);
        Assert.Equal(HttpStatusCode.Conflict, (await SendAsync(HttpMethod.Post, RunEndpoint.Path, null)).Status);
        _runEnds.SetResult();
    }

    private static string NextId() => string.Create(CultureInfo.InvariantCulture, $"jit-{Interlocked.Increment(ref s_last)}");

    private async Task StartAsync(bool softDelete)
    {
        var sections = $"""
            hubs:
              west:
            {hub.Section.Replace("  ", "    ", StringComparison.Ordinal)}facade:
              softDelete: {(softDelete ? "true" : "false")}
              keys:
              - name: erp
                key: {ServedSync.Key}
              - name: west
                key: {ServedSync.WestKey}
                hubs: [west]

            """;
        _sync = await ServedSync.StartAsync(hub, sections, new SyncServerOptions
        {
            Run = async (trigger, token) =>
            {
                await _runEnds.Task.WaitAsync(token);
                return new SyncRun { Id = "1", Sync = "rt", Hub = "localhost", Trigger = trigger, Started = default, Outcome = SyncRunOutcome.Succeeded };
            },
        });
    }

    private Task<(HttpStatusCode Status, string? Result)> PostAsync(string id, string body) => SendAsync(HttpMethod.Post, $"/api/devices/{id}", body);

    private async Task<(HttpStatusCode Status, string? Result)> SendAsync(HttpMethod method, string path, string? body, string? key = ServedSync.Key)
    {
        using var answer = await SendRawAsync(method, path, body, key);
        var json = await answer.Content.ReadFromJsonAsync<JsonElement>(Token);
        return (answer.StatusCode, json.TryGetProperty("result", out var result) ? result.GetString() : null);
    }

    private async Task<HttpResponseMessage> SendRawAsync(HttpMethod method, string path, string? body, string? key)
    {
        using var request = new HttpRequestMessage(method, new Uri(Sync.Url, path));
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        }

        if (key is not null)
        {
            request.Headers.Add("x-api-key", key);
        }

        return await Sync.Http.SendAsync(request, Token);
    }

    private async Task<string?> TagAsync(string id, string name)
    {
        var twin = await hub.Service.GetTwinAsync(new IdentityId(id), Token);
        using var document = twin.ToDocument();
        return document.RootElement.TryGetProperty("tags", out var tags) && tags.TryGetProperty(name, out var value) ? value.GetString() : null;
    }
}
