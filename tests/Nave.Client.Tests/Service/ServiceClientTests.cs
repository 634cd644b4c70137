using System.Security.Cryptography.X509Certificates;
using Nave.Api;
using Nave.Client.Tests.Fakes;

namespace Nave.Client.Tests.Service;

public sealed class ServiceClientTests
{
    private const string Key = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

    [Fact]
    public async Task A_request_names_the_hub_wherever_it_goes_and_carries_a_token()
    {
        await using var hub = new FakeHttps(FakeHttps.Answer(200, """{"deviceId":"d 1","status":"disabled"}"""));
        using var client = Create(hub);
        var device = await client.GetDeviceAsync(new IdentityId("d 1"));
        Assert.Equal(DeviceStatus.Disabled, device!.Status);
        var request = hub.Requests.Single();
        Assert.StartsWith("GET /devices/d%201?api-version=2021-04-12 HTTP/1.1\r\n", request, StringComparison.Ordinal);
        Assert.Contains("\r\nHost: hub.test\r\n", request, StringComparison.Ordinal);
        var token = request.Split("\r\n").Single(l => l.StartsWith("Authorization: ", StringComparison.Ordinal))[15..];
        Assert.True(SasToken.TryParse(token, out var parsed));
        Assert.Equal("iothubowner", parsed.KeyName);
        Assert.True(parsed.Verify(Convert.FromBase64String(Key)));
    }

    [Fact]
    public async Task A_hub_that_another_authority_signed_is_not_trusted()
    {
        await using var hub = new FakeHttps();
        using var client = ServiceClient.Create(
            IotHubConnectionString.Parse($"HostName=hub.test;SharedAccessKeyName=iothubowner;SharedAccessKey={Key}"),
            new ServiceClientOptions { Endpoint = new ClientEndpoint { Host = "127.0.0.1", Port = hub.Port }, MaxRetries = 0 });
        var error = await Assert.ThrowsAsync<HttpRequestException>(() => client.GetStatisticsAsync());
        Assert.IsType<System.Security.Authentication.AuthenticationException>(error.InnerException);
        Assert.Empty(hub.Requests);
    }

    [Theory]
    [InlineData(408)]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(504)]
    public async Task A_read_is_repeated_on_a_transient_status(int status)
    {
        await using var hub = new FakeHttps(FakeHttps.Answer(status, "{}"), FakeHttps.Answer(200, """{"totalDeviceCount":3}"""));
        using var client = Create(hub);
        Assert.Equal(3, (await client.GetStatisticsAsync()).TotalDeviceCount);
        Assert.Equal(2, hub.Requests.Count);
    }

    [Fact]
    public async Task A_read_is_repeated_when_the_connection_breaks()
    {
        await using var hub = new FakeHttps(FakeHttps.CutOff, FakeHttps.Answer(200, """{"connectedDeviceCount":3}"""));
        using var client = Create(hub);
        Assert.Equal(3, (await client.GetServiceStatisticsAsync()).ConnectedDeviceCount);
    }

    [Fact]
    public async Task A_creation_is_not_repeated_but_when_it_was_throttled()
    {
        await using var hub = new FakeHttps(
            FakeHttps.Answer(500, """{"Message":"ErrorCode:ServerError;sorry","ExceptionMessage":"Tracking ID:77-G:0-TimeStamp:x"}""", "iothub-errorcode: ServerError\r\n"),
            FakeHttps.Answer(429, "{}", "Retry-After: 0\r\n"),
            FakeHttps.Answer(200, """{"deviceId":"d"}"""));
        using var client = Create(hub);
        var error = await Assert.ThrowsAsync<HubException>(() => client.CreateDeviceAsync(new DeviceIdentity { DeviceId = "d" }));
        Assert.Equal((HubErrorCode.ServerError, 500, "77-G:0", "sorry"), (error.Code, error.HttpStatus, error.TrackingId, error.Error.Message));
        Assert.Equal("d", (await client.CreateDeviceAsync(new DeviceIdentity { DeviceId = "d" })).DeviceId);
        Assert.DoesNotContain("If-Match", hub.Requests[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_device_that_is_not_there_is_null_and_its_update_an_error()
    {
        const string NotFound = """{"Message":"ErrorCode:DeviceNotFound;none","ExceptionMessage":""}""";
        await using var hub = new FakeHttps(FakeHttps.Answer(404, NotFound), FakeHttps.Answer(404, NotFound));
        using var client = Create(hub);
        Assert.Null(await client.GetDeviceAsync(new IdentityId("d")));
        var error = await Assert.ThrowsAsync<HubException>(() => client.UpdateDeviceAsync(new DeviceIdentity { DeviceId = "d" }, "abc"));
        Assert.Equal(HubErrorCode.DeviceNotFound, error.Code);
        Assert.Contains("\r\nIf-Match: \"abc\"\r\n", hub.Requests[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_repeated_deletion_that_finds_nothing_has_succeeded()
    {
        await using var hub = new FakeHttps(FakeHttps.CutOff, FakeHttps.Answer(404, "{}"));
        using var client = Create(hub);
        await client.DeleteDeviceAsync(new IdentityId("d"));
        Assert.Contains("\r\nIf-Match: *\r\n", hub.Requests[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(200)]
    [InlineData(400)]
    public async Task A_bulk_call_that_failed_in_part_is_a_result_with_either_status(int status)
    {
        await using var hub = new FakeHttps(
            FakeHttps.Answer(status, """{"isSuccessful":false,"errors":[{"deviceId":"a","errorCode":409001,"errorStatus":"s"}],"warnings":[]}"""),
            FakeHttps.Answer(400, """{"Message":"ErrorCode:DeviceDefinedMultipleTimes;twice","ExceptionMessage":""}"""));
        using var client = Create(hub);
        var result = await client.BulkAsync([new ExportImportDevice { Id = "a" }]);
        Assert.False(result.IsSuccessful);
        Assert.Equal("DeviceAlreadyExists", result.Errors.Single().ErrorCode);
        var error = await Assert.ThrowsAsync<HubException>(() => client.BulkAsync([new ExportImportDevice { Id = "a" }]));
        Assert.Equal(HubErrorCode.DeviceDefinedMultipleTimes, error.Code);
    }

    [Fact]
    public async Task A_query_reads_page_after_page()
    {
        await using var hub = new FakeHttps(
            FakeHttps.Answer(200, "[{\"a\":1.0},{\"a\":2}]", "x-ms-continuation: c1\r\nx-ms-item-type: Raw\r\n"),
            FakeHttps.Answer(200, "[{\"a\":3}]", "x-ms-continuation: \r\nx-ms-item-type: Raw\r\n"));
        using var client = Create(hub);
        var rows = new List<string>();
        await foreach (var row in client.QueryAsync("SELECT a FROM devices", 2))
        {
            rows.Add(row.ToString());
        }

        Assert.Equal(["{\"a\":1.0}", "{\"a\":2}", "{\"a\":3}"], rows);
        Assert.EndsWith("""{"query":"SELECT a FROM devices"}""", hub.Requests[0], StringComparison.Ordinal);
        Assert.Contains("x-ms-max-item-count: 2", hub.Requests[0], StringComparison.Ordinal);
        Assert.Contains("x-ms-continuation: c1", hub.Requests[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_carries_its_properties_as_headers()
    {
        await using var hub = new FakeHttps(FakeHttps.Answer(204, ""));
        using var client = Create(hub);
        var properties = new EventPropertiesWriter();
        properties.Add(SystemProperty.MessageId, "m1");
        properties.Add(SystemProperty.Ack, "full");
        properties.Add("level", "5");
        await client.SendAsync(new IdentityId("d"), properties.ToProperties(), "hi"u8.ToArray());
        var request = hub.Requests.Single();
        Assert.StartsWith("POST /devices/d/messages/devicebound?", request, StringComparison.Ordinal);
        Assert.Contains("\r\niothub-messageid: m1\r\n", request, StringComparison.Ordinal);
        Assert.Contains("\r\niothub-ack: full\r\n", request, StringComparison.Ordinal);
        Assert.Contains("\r\niothub-app-level: 5\r\n", request, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\nhi", request, StringComparison.Ordinal);

        properties.Clear();
        properties.Add("a b", "1");
        await Assert.ThrowsAsync<ArgumentException>(() => client.SendAsync(new IdentityId("d"), properties.ToProperties(), default));
        properties.Clear();
        properties.Add("a", "1\r\nEvil: 1");
        await Assert.ThrowsAsync<ArgumentException>(() => client.SendAsync(new IdentityId("d"), properties.ToProperties(), default));
    }

    [Fact]
    public async Task A_method_returns_its_payload_digit_by_digit()
    {
        await using var hub = new FakeHttps(FakeHttps.Answer(200, """{"status":201,"payload":{"x":1.50}}"""));
        using var client = Create(hub);
        var response = await client.InvokeAsync(new IdentityId("d", "m"), new DirectMethodRequest { MethodName = "go", Payload = RawJson.Null });
        Assert.Equal((201, "{\"x\":1.50}"), (response.Status, response.Payload.ToString()));
        Assert.StartsWith("POST /twins/d/modules/m/methods?", hub.Requests[0], StringComparison.Ordinal);
        await Assert.ThrowsAsync<ArgumentException>(() => client.InvokeAsync(new IdentityId("d"), new DirectMethodRequest()));
    }

    [Fact]
    public async Task Events_are_read_line_by_line_and_a_cut_line_is_an_error()
    {
        const string Line = """{"partition":0,"sequenceNumber":1,"offset":"9","enqueuedTime":"2026-01-01T00:00:00Z","deviceId":"d","moduleId":null,"systemProperties":{},"properties":{},"body":"x"}""";
        await using var hub = new FakeHttps(FakeHttps.Answer(200, Line + "\n\n" + Line + "\n"), FakeHttps.Answer(200, Line + "\n" + Line[..20]));
        using var client = Create(hub);
        var events = new List<EventLine>();
        await foreach (var line in client.ReadEventsAsync(new EventQuery { From = "earliest", UntilEnd = true, DeviceId = "d" }))
        {
            events.Add(line);
        }

        Assert.Equal([1L, 1L], events.Select(e => e.SequenceNumber));
        Assert.StartsWith("GET /nave/events?api-version=2021-04-12&from=earliest&untilEnd=true&deviceId=d HTTP", hub.Requests[0], StringComparison.Ordinal);
        await Assert.ThrowsAsync<EndOfStreamException>(async () =>
        {
            await foreach (var line in client.ReadEventsAsync(new EventQuery()))
            {
                Assert.Equal(1, line.SequenceNumber);
            }
        });
    }

    private static ServiceClient Create(FakeHttps hub) => ServiceClient.Create(
        IotHubConnectionString.Parse($"HostName=hub.test;SharedAccessKeyName=iothubowner;SharedAccessKey={Key}"),
        new ServiceClientOptions
        {
            Endpoint = new ClientEndpoint { Host = "127.0.0.1", Port = hub.Port },
            TrustedRoots = [X509CertificateLoader.LoadCertificate(hub.Certificate.RawData)],
            FirstRetryDelay = TimeSpan.FromMilliseconds(1),
            LongestRetryDelay = TimeSpan.FromMilliseconds(5),
        });
}
