using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Nave.Api;
using Nave.Server.Http.Provisioning;
using Nave.Server.Tests.Http;
using Nave.Testing;

namespace Nave.Server.Tests.Provisioning;

public sealed class ProvisioningHttpTests(RunningServer server) : IClassFixture<RunningServer>
{
    private const string Dps = "dps.localhost";
    private const string Version = "?api-version=2021-10-01";
    private static int s_next;

    private string IdScope => server.Server.Status.Provisioning!.IdScope;

    private string OwnerToken => RunningServer.Token(Dps, server.Server.Status.Provisioning!.ServiceConnectionString);

    [Fact]
    public async Task An_enrollment_is_made_read_changed_and_deleted_with_etags_and_the_services_own_errors()
    {
        var id = NewId();
        var created = await SendAsync("PUT", $"/enrollments/{id}", Keyed(id));
        Assert.Equal(HttpStatusCode.OK, created.Status);
        var etag = created.Json.GetProperty("etag").GetString();
        Assert.False(string.IsNullOrEmpty(created.Json.GetProperty("attestation").GetProperty("symmetricKey").GetProperty("primaryKey").GetString()));
        Assert.Equal(("enabled", "hashed"), (created.Json.GetProperty("provisioningStatus").GetString(), created.Json.GetProperty("allocationPolicy").GetString()));

        var again = await SendAsync("PUT", $"/enrollments/{id}", Keyed(id));
        Assert.Equal((HttpStatusCode.Conflict, 409201), (again.Status, again.Json.GetProperty("errorCode").GetInt32()));
        Assert.Equal(["errorCode", "message", "timestampUtc", "trackingId"], again.Json.EnumerateObject().Select(property => property.Name).Order());

        var stale = await SendAsync("PUT", $"/enrollments/{id}", Keyed(id), ("If-Match", "\"stale\""));
        Assert.Equal((HttpStatusCode.PreconditionFailed, 412001), (stale.Status, stale.Json.GetProperty("errorCode").GetInt32()));
        var updated = await SendAsync("PUT", $"/ENROLLMENTS/{id}", Keyed(id), ("If-Match", $"\"{etag}\""));
        Assert.Equal(HttpStatusCode.OK, updated.Status);

        var read = await SendAsync("GET", $"/enrollments/{id}");
        Assert.False(read.Json.GetProperty("attestation").TryGetProperty("symmetricKey", out _));
        var attestation = await SendAsync("POST", $"/enrollments/{id}/AttestationMechanism");
        Assert.Equal(
            created.Json.GetProperty("attestation").GetProperty("symmetricKey").GetRawText(), attestation.Json.GetProperty("symmetricKey").GetRawText());

        Assert.Equal(HttpStatusCode.NoContent, (await SendAsync("DELETE", $"/enrollments/{id}")).Status);
        var gone = await SendAsync("GET", $"/enrollments/{id}");
        Assert.Equal((HttpStatusCode.NotFound, 404201), (gone.Status, gone.Json.GetProperty("errorCode").GetInt32()));
        Assert.Equal(404204, (await SendAsync("GET", "/enrollmentgroups/none")).Json.GetProperty("errorCode").GetInt32());
        Assert.Equal(404202, (await SendAsync("GET", "/registrations/none")).Json.GetProperty("errorCode").GetInt32());
    }

    [Fact]
    public async Task Bulk_calls_and_queries_have_their_forms_and_headers()
    {
        var prefix = NewId();
        var ids = Enumerable.Range(0, 3).Select(i => $"{prefix}-{i}").ToArray();
        var bulk = await SendAsync("POST", "/enrollments/", $$"""{"mode":"create","enrollments":[{{string.Join(',', ids.Select(Keyed))}}]}""");
        Assert.True(bulk.Json.GetProperty("isSuccessful").GetBoolean());
        Assert.Equal(0, bulk.Json.GetProperty("errors").GetArrayLength());

        var query = $$"""{"query":"SELECT * FROM enrollments WHERE STARTSWITH(registrationId, '{{prefix}}')"}""";
        var first = await SendAsync("POST", "/enrollments/query", query, ("x-ms-max-item-count", "2"));
        Assert.Equal((2, "Enrollment"), (first.Json.GetArrayLength(), first.Header("x-ms-item-type")));
        var second = await SendAsync("POST", "/enrollments/query", query, ("x-ms-max-item-count", "2"), ("x-ms-continuation", first.Header("x-ms-continuation")!));
        Assert.Equal((1, null), (second.Json.GetArrayLength(), second.Header("x-ms-continuation")));
        var wrong = await SendAsync("POST", "/enrollments/query", """{"query":"SELECT nonsense"}""");
        Assert.Equal((HttpStatusCode.BadRequest, 400004), (wrong.Status, wrong.Json.GetProperty("errorCode").GetInt32()));
        Assert.Equal(HttpStatusCode.BadRequest, (await SendAsync("POST", "/enrollments/query", query, ("x-ms-max-item-count", "0"))).Status);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync("POST", "/registrations/none/query")).Status);
    }

    [Fact]
    public async Task A_device_registers_asks_again_and_is_seen_by_the_service()
    {
        var group = NewId();
        var created = await SendAsync("PUT", $"/enrollmentGroups/{group}", """{"attestation":{"type":"symmetricKey"},"initialTwin":{"tags":{"a":1}}}""");
        var key = Convert.FromBase64String(created.Json.GetProperty("attestation").GetProperty("symmetricKey").GetProperty("primaryKey").GetString()!);
        var id = NewId();
        var token = DeviceToken(id, SasToken.DeriveKey(key, id));

        // By whatever name the device knows the service.
        var registered = await SendAsync("PUT", $"/{IdScope}/registrations/{id}/register", "{}", token, "localhost");
        Assert.Equal((HttpStatusCode.OK, "assigned"), (registered.Status, registered.Json.GetProperty("status").GetString()));
        var state = registered.Json.GetProperty("registrationState");
        Assert.Equal((RunningServer.HostName, id), (state.GetProperty("assignedHub").GetString(), state.GetProperty("deviceId").GetString()));
        var operation = registered.Json.GetProperty("operationId").GetString();
        Assert.Matches("^5\\.[0-9a-f]{16}\\.[0-9a-f-]{36}$", operation);

        // Node sends a body with its GET.
        var asked = await SendAsync("GET", $"/{IdScope}/registrations/{id}/operations/{operation}", "{}", token, Dps);
        Assert.Equal("assigned", asked.Json.GetProperty("status").GetString());
        Assert.Equal(404203, (await SendAsync("GET", $"/{IdScope}/registrations/{id}/operations/5.0.0", null, token, Dps)).Json.GetProperty("errorCode").GetInt32());
        Assert.Equal(id, (await SendAsync("POST", $"/{IdScope}/registrations/{id}", "{}", token, Dps)).Json.GetProperty("registrationId").GetString());

        var seen = await SendAsync("POST", $"/registrations/{group}/query");
        Assert.Equal((1, id), (seen.Json.GetArrayLength(), seen.Json[0].GetProperty("registrationId").GetString()));
        Assert.Equal(HttpStatusCode.NoContent, (await SendAsync("DELETE", $"/registrations/{id}")).Status);
        using var twin = await server.SendAsync("GET", $"/twins/{id}{Version}");
        Assert.Contains("\"tags\":{\"a\":1}", await twin.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_device_without_a_proof_gets_401_and_a_tpm_gets_its_nonce_with_it()
    {
        var id = NewId();
        var unknown = await SendAsync("PUT", $"/{IdScope}/registrations/{id}/register", "{}", "", Dps);
        Assert.Equal((HttpStatusCode.Unauthorized, 401002), (unknown.Status, unknown.Json.GetProperty("errorCode").GetInt32()));

        var tpm = new SoftwareTpm();
        var keys = $$"""{"endorsementKey":"{{Convert.ToBase64String(tpm.EndorsementKey)}}","storageRootKey":"{{Convert.ToBase64String(tpm.StorageRootKey)}}"}""";
        var body = $$"""{"registrationId":"{{id}}","tpm":{{keys}}}""";
        Assert.Equal(404201, (await SendAsync("PUT", $"/{IdScope}/registrations/{id}/register", body, "", Dps)).Json.GetProperty("errorCode").GetInt32());
        Assert.Equal(HttpStatusCode.OK, (await SendAsync("PUT", $"/enrollments/{id}", $$$"""{"attestation":{"type":"tpm","tpm":{{{keys}}}}}""")).Status);
        var challenge = await SendAsync("PUT", $"/{IdScope}/registrations/{id}/register", body, "", Dps);
        Assert.Equal((HttpStatusCode.Unauthorized, "registration"), (challenge.Status, challenge.Json.GetProperty("keyName").GetString()));
        tpm.Activate(Convert.FromBase64String(challenge.Json.GetProperty("authenticationKey").GetString()!));
        var resource = Uri.EscapeDataString($"{IdScope}/registrations/{id}");
        var expires = TimeProvider.System.GetUtcNow().AddHours(1).ToUnixTimeSeconds();
        var signature = Uri.EscapeDataString(Convert.ToBase64String(tpm.Sign(System.Text.Encoding.UTF8.GetBytes($"{resource}\n{expires}"))));
        var registered = await SendAsync(
            "PUT", $"/{IdScope}/registrations/{id}/register", body, $"SharedAccessSignature sr={resource}&sig={signature}&se={expires}&skn=registration", Dps);
        Assert.Equal("assigned", registered.Json.GetProperty("status").GetString());
        tpm.Activate(Convert.FromBase64String(registered.Json.GetProperty("registrationState").GetProperty("tpm").GetProperty("authenticationKey").GetString()!));
    }

    [Fact]
    public async Task Hubs_and_the_service_keep_to_their_host_names()
    {
        using var onHub = await server.SendAsync("GET", $"/enrollments/x{Version}");
        Assert.Equal((HttpStatusCode.NotFound, "GenericNotFound"), (onHub.StatusCode, onHub.Headers.GetValues("iothub-errorcode").Single()));
        using var onService = await server.SendAsync("GET", $"/devices/x{Version}", token: OwnerToken, host: Dps);
        Assert.Equal("IotHubNotFound", onService.Headers.GetValues("iothub-errorcode").Single());
        using var hubs = await server.SendAsync("GET", "/nave/certificates");
        Assert.Equal(HttpStatusCode.OK, hubs.StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync("GET", "/nave/certificates")).Status);
        using var strange = await server.SendAsync("GET", "/nave/certificates", host: "localhost");
        Assert.Equal(HttpStatusCode.Unauthorized, strange.StatusCode);
        using var taken = await server.SendAsync("PUT", "/nave/hubs/dps", """{"hostName":"dps.localhost"}""");
        Assert.Equal(HttpStatusCode.Conflict, taken.StatusCode);
    }

    [Fact]
    public async Task A_policy_does_what_its_rights_say_and_a_token_that_is_wrong_does_nothing()
    {
        var policies = await SendAsync("GET", "/nave/policies");
        var reader = policies.Json.EnumerateArray().Single(policy => policy.GetProperty("name").GetString() == "enrollmentRead");
        var token = SasToken.Create(
            Dps, Convert.FromBase64String(reader.GetProperty("primaryKey").GetString()!), TimeProvider.System.GetUtcNow().AddHours(1), "enrollmentRead");
        var id = NewId();
        Assert.Equal(404201, (await SendAsync("GET", $"/enrollments/{id}", null, token, Dps)).Json.GetProperty("errorCode").GetInt32());
        foreach (var (method, path, used) in ((string, string, string)[])
        [
            ("PUT", $"/enrollments/{id}", token),
            ("GET", $"/registrations/{id}", token),
            ("GET", "/nave/linked-hubs", token),
            ("GET", $"/enrollments/{id}", ""),
            ("GET", $"/enrollments/{id}", "nonsense"),
            ("GET", $"/enrollments/{id}", server.OwnerToken),
        ])
        {
            var refused = await SendAsync(method, path, method == "PUT" ? Keyed(id) : null, used, Dps);
            Assert.Equal((HttpStatusCode.Unauthorized, 401002), (refused.Status, refused.Json.GetProperty("errorCode").GetInt32()));
        }

        var renewed = await SendAsync("POST", "/nave/policies/enrollmentRead/regenerate?key=primary");
        Assert.NotEqual(reader.GetProperty("primaryKey").GetString(), renewed.Json.GetProperty("primaryKey").GetString());
        Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync("GET", $"/enrollments/{id}", null, token, Dps)).Status);
    }

    [Fact]
    public async Task A_real_webhook_decides_and_its_failures_have_their_codes()
    {
        var mode = "";
        await using var webhook = await WebhookServer.StartAsync(async context =>
        {
            context.Response.StatusCode = mode switch { "forbidden" => 403, "broken" => 500, _ => 200 };
            context.Response.ContentType = "application/json";
            var text = mode == "large" ? new string(' ', 200_000) : $$$"""{"iotHubHostName":"{{{RunningServer.HostName}}}","payload":{"p":1}}""";
            await context.Response.WriteAsync(text, context.RequestAborted);
        });
        var id = NewId();
        var created = await SendAsync(
            "PUT",
            $"/enrollments/{id}",
            $$$"""{"attestation":{"type":"symmetricKey"},"allocationPolicy":"custom","customAllocationDefinition":{"webhookUrl":"{{{webhook.Url}}}","apiVersion":"2019-03-31"}}""");
        var key = Convert.FromBase64String(created.Json.GetProperty("attestation").GetProperty("symmetricKey").GetProperty("primaryKey").GetString()!);
        var token = DeviceToken(id, key);
        foreach (var (kind, code) in ((string, int?)[])[("broken", 400207), ("forbidden", 400209), ("large", 400207), ("", null)])
        {
            mode = kind;
            var answer = await SendAsync("PUT", $"/{IdScope}/registrations/{id}/register", """{"payload":{"x":1}}""", token, Dps);
            var state = answer.Json.GetProperty("registrationState");
            Assert.Equal(code, state.TryGetProperty("errorCode", out var found) ? found.GetInt32() : null);
            Assert.DoesNotContain("secret", answer.Json.GetRawText(), StringComparison.Ordinal);
            Assert.Equal(code is null ? "assigned" : "failed", answer.Json.GetProperty("status").GetString());
            Assert.Equal(code is null, state.TryGetProperty("payload", out _));
        }
    }

    [Fact]
    public async Task A_webhook_that_does_not_answer_in_time_fails()
    {
        await using var webhook = await WebhookServer.StartAsync(context => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted));
        using var client = new HttpAllocationWebhook(TimeSpan.FromMilliseconds(50));
        var answer = await client.PostAsync(new Uri(webhook.Url), "{}"u8.ToArray(), TestContext.Current.CancellationToken);
        Assert.Equal(HubErrorCode.CustomAllocationFailed, answer.Error?.Code);
        Assert.DoesNotContain("secret", answer.Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_remote_hub_does_over_https_what_a_hub_of_the_process_does_directly()
    {
        var connection = IotHubConnectionString.Parse(server.Server.Status.ServiceConnectionString) with
        {
            GatewayHostName = $"127.0.0.1:{server.Server.Status.Ports.Https}",
        };
        using var hubs = new RemoteHubs(TimeProvider.System, server.CreateHandler());
        var hub = hubs.Open(connection);
        var cancelled = TestContext.Current.CancellationToken;
        var (plain, withTwin) = (NewId(), NewId());
        Assert.Equal(HubErrorCode.DeviceNotFound, (await hub.FindAsync(plain, cancelled)).Error?.Code);
        Assert.Null((await hub.CreateAsync(new DeviceIdentity { DeviceId = plain }, default, cancelled)).Error);
        Assert.Equal(HubErrorCode.DeviceAlreadyExists, (await hub.CreateAsync(new DeviceIdentity { DeviceId = plain }, default, cancelled)).Error?.Code);

        var content = """{"tags":{"t":1},"properties":{"desired":{"d":2},"reported":{"r":3}}}"""u8.ToArray();
        var keys = new SymmetricKeys { PrimaryKey = Convert.ToBase64String(new byte[32]), SecondaryKey = Convert.ToBase64String(new byte[16]) };
        var wanted = new DeviceIdentity { DeviceId = withTwin, Authentication = new DeviceAuthentication { SymmetricKey = keys } };
        var made = await hub.CreateAsync(wanted, content, cancelled);
        Assert.Equal(keys.PrimaryKey, made.Value?.Authentication?.SymmetricKey?.PrimaryKey);
        Assert.Equal(HubErrorCode.DeviceAlreadyExists, (await hub.CreateAsync(wanted, content, cancelled)).Error?.Code);
        var twin = await hub.GetTwinAsync(withTwin, cancelled);
        var text = System.Text.Encoding.UTF8.GetString(twin.Value.Span);
        Assert.All(["\"t\":1", "\"d\":2", "\"r\":3"], part => Assert.Contains(part, text, StringComparison.Ordinal));

        Assert.Null(await hub.WriteTwinAsync(withTwin, """{"tags":{"u":4}}"""u8.ToArray(), false, cancelled));
        Assert.Null(await hub.WriteTwinAsync(plain, default, true, cancelled));
        Assert.True((await hub.UpdateAsync(made.Value! with { Capabilities = new DeviceCapabilities { IotEdge = true } }, cancelled)).Value?.Capabilities?.IotEdge);
        Assert.Null(await hub.DeleteAsync(withTwin, cancelled));
        Assert.Equal(HubErrorCode.DeviceNotFound, (await hub.DeleteAsync(withTwin, cancelled))?.Code);

        var stranger = hubs.Open(connection with { SharedAccessKey = Convert.ToBase64String(new byte[32]) });
        Assert.Equal(401, (await stranger.FindAsync(plain, cancelled)).Error?.HttpStatus);
        var nobody = hubs.Open(connection with { GatewayHostName = "127.0.0.1:1" });
        Assert.Equal(HubErrorCode.GenericServiceUnavailable, (await nobody.FindAsync(plain, cancelled)).Error?.Code);
    }

    [Fact]
    public async Task Linked_hubs_are_listed_weighed_and_unlinked()
    {
        var listed = await SendAsync("GET", "/nave/linked-hubs");
        Assert.Contains(RunningServer.HostName, listed.Json.GetRawText(), StringComparison.Ordinal);
        Assert.DoesNotContain("SharedAccessKey", listed.Json.GetRawText(), StringComparison.Ordinal);
        var key = Convert.ToBase64String(new byte[32]);
        var linked = await SendAsync(
            "PUT", "/nave/linked-hubs/far.test", $$"""{"allocationWeight":7,"connectionString":"HostName=far.test;SharedAccessKeyName=iothubowner;SharedAccessKey={{key}}"}""");
        Assert.Equal((HttpStatusCode.OK, 7), (linked.Status, linked.Json.GetProperty("allocationWeight").GetInt32()));
        Assert.Equal(HttpStatusCode.BadRequest, (await SendAsync("PUT", "/nave/linked-hubs/other.test", "{}")).Status);
        Assert.Equal(HttpStatusCode.NoContent, (await SendAsync("DELETE", "/nave/linked-hubs/far.test")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync("DELETE", "/nave/linked-hubs/far.test")).Status);
    }

    private static string NewId() => $"dev-{Interlocked.Increment(ref s_next)}";

    private static string Keyed(string id) => $$$"""{"registrationId":"{{{id}}}","attestation":{"type":"symmetricKey"}}""";

    private string DeviceToken(string id, byte[] key) =>
        SasToken.Create($"{IdScope}/registrations/{id}", key, TimeProvider.System.GetUtcNow().AddHours(1), "registration");

    private Task<Answer> SendAsync(string method, string path, string? json = null, params (string Name, string Value)[] headers) =>
        SendAsync(method, path, json, OwnerToken, Dps, headers);

    private async Task<Answer> SendAsync(string method, string path, string? json, string token, string host, params (string Name, string Value)[] headers)
    {
        using var response = await server.SendAsync(method, path.Contains('?', StringComparison.Ordinal) ? path : path + Version, json, token, host, headers);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return new Answer(
            response.StatusCode,
            text.Length == 0 ? default : JsonElement.Parse(text),
            response.Headers.ToDictionary(header => header.Key, header => header.Value.First(), StringComparer.OrdinalIgnoreCase));
    }

    private sealed record Answer(HttpStatusCode Status, JsonElement Json, Dictionary<string, string> Headers)
    {
        public string? Header(string name) => Headers.GetValueOrDefault(name);
    }
}
