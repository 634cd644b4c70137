using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Nave.Api;
using Nave.Hub.Uploads;
using Nave.Server.Tests.Http;
using Nave.Storage.Blobs;
using Nave.Testing;

namespace Nave.Server.Tests.Uploads;

/// <summary>Files of devices, over HTTPS, to all three kinds of storage.</summary>
public sealed class FileUploadTests(RunningServer server, AzuriteFixture azurite) : IClassFixture<RunningServer>, IClassFixture<AzuriteFixture>
{
    private const string ApiVersion = "api-version=2021-04-12";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private FileUploads Uploads => server.Server.Hubs.Hubs[0].Uploads;

    [Theory]
    [InlineData("local")]
    [InlineData("signature")]
    [InlineData("account")]
    public async Task A_file_goes_to_its_storage_and_services_are_told(string kind)
    {
        var (token, device) = await DeviceAsync();
        await ConfigureAsync(kind);
        var bytes = RandomNumberGenerator.GetBytes(100_000);
        var ticket = await InitiateAsync(token, device, "folder/my file.bin");
        Assert.Equal($"{device}/folder/my file.bin", (string?)ticket["blobName"]);

        var id = (string)ticket["correlationId"]!;
        using var early = await CompleteAsync(token, device, id);
        Assert.Equal((HttpStatusCode.BadRequest, "InvalidStorageEndpointOrBlob"), (early.StatusCode, CodeOf(early)));
        await PutAsync(ticket, bytes);
        using var done = await CompleteAsync(token, device, id, inPath: kind == "local");
        Assert.Equal(HttpStatusCode.NoContent, done.StatusCode);

        var notice = await NextNoticeAsync();
        Assert.Equal((device, (string?)ticket["blobName"], bytes.Length), ((string?)notice["deviceId"], (string?)notice["blobName"], (int?)notice["blobSizeInBytes"]));
        Assert.DoesNotContain("sig=", (string)notice["blobUri"]!, StringComparison.Ordinal);
        Assert.Equal(bytes, await ReadBackAsync(kind, notice));

        using var again = await CompleteAsync(token, device, id);
        Assert.Equal((HttpStatusCode.BadRequest, "InvalidFileUploadCorrelationId"), (again.StatusCode, CodeOf(again)));
    }

    [Fact]
    public async Task A_failed_upload_is_forgotten_and_nobody_is_told()
    {
        var (token, device) = await DeviceAsync();
        await ConfigureAsync("local");
        var ticket = await InitiateAsync(token, device, "x");
        using var put = await PutServedAsync(ticket, "&comp=block&blockid=AAAA", "abc"u8.ToArray());
        Assert.Equal(HttpStatusCode.Created, put.StatusCode);
        using var failed = await CompleteAsync(token, device, (string)ticket["correlationId"]!, isSuccess: false);
        Assert.Equal(HttpStatusCode.NoContent, failed.StatusCode);

        // The signature ends with the upload.
        using var late = await PutServedAsync(ticket, "&comp=block&blockid=AAAA", "abc"u8.ToArray());
        Assert.Equal(HttpStatusCode.Forbidden, late.StatusCode);
        Assert.Null(await server.Server.Hubs.Hubs[0].FileNotifications.Queue.ReceiveAsync(Cancellation));
    }

    [Fact]
    public async Task Without_storage_and_with_too_many_under_way_a_device_is_refused()
    {
        var (token, device) = await DeviceAsync();
        await ConfigureAsync(null);
        using var nowhere = await PostAsync(token, $"/devices/{device}/files", """{"blobName":"x"}""");
        Assert.Equal((HttpStatusCode.BadRequest, "DefaultStorageEndpointNotConfigured"), (nowhere.StatusCode, CodeOf(nowhere)));

        await ConfigureAsync("local");
        var first = await InitiateAsync(token, device, "0");
        for (var i = 1; i < 10; i++)
        {
            await InitiateAsync(token, device, $"{i}");
        }

        using var eleventh = await PostAsync(token, $"/devices/{device}/files", """{"blobName":"x"}""");
        Assert.Equal((HttpStatusCode.Forbidden, "DeviceMaximumActiveFileUploadLimitExceeded"), (eleventh.StatusCode, CodeOf(eleventh)));
        using var ended = await CompleteAsync(token, device, (string)first["correlationId"]!, isSuccess: false);
        await InitiateAsync(token, device, "11");
    }

    [Theory]
    [InlineData("""{}""")]
    [InlineData("""{"blobName":""}""")]
    [InlineData("""{"blobName":"../other/secret"}""")]
    [InlineData("""{"blobName":"a//b"}""")]
    [InlineData("""{"blobName":"a\nb"}""")]
    public async Task A_name_that_could_lead_elsewhere_is_refused(string body)
    {
        var (token, device) = await DeviceAsync();
        await ConfigureAsync("local");
        using var refused = await PostAsync(token, $"/devices/{device}/files", body);
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
    }

    [Fact]
    public async Task An_upload_is_its_device_s_alone()
    {
        var (token, device) = await DeviceAsync();
        var (otherToken, other) = await DeviceAsync();
        await ConfigureAsync("local");
        var ticket = await InitiateAsync(token, device, "x");
        using var stolen = await CompleteAsync(otherToken, other, (string)ticket["correlationId"]!);
        Assert.Equal("InvalidFileUploadCorrelationId", CodeOf(stolen));
        using var impersonated = await PostAsync(otherToken, $"/devices/{device}/files", """{"blobName":"x"}""");
        Assert.Equal(HttpStatusCode.Unauthorized, impersonated.StatusCode);
    }

    [Fact]
    public async Task A_signature_opens_its_own_file_only_and_cannot_be_made_up()
    {
        var (token, device) = await DeviceAsync();
        await ConfigureAsync("local");
        var ticket = await InitiateAsync(token, device, "x");
        var other = await InitiateAsync(token, device, "y");
        other["sasToken"] = (string)ticket["sasToken"]!;
        using var wrongFile = await PutServedAsync(other, "", [1], "BlockBlob");
        other["sasToken"] = ((string)ticket["sasToken"]!).Replace("sig=", "sig=AAAA", StringComparison.Ordinal);
        other["blobName"] = (string)ticket["blobName"]!;
        using var wrongSignature = await PutServedAsync(other, "", [1], "BlockBlob");
        other["sasToken"] = "?comp=";
        using var none = await PutServedAsync(other, "", [1], "BlockBlob");

        Assert.All([wrongFile, wrongSignature, none], refused => Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode));
        using var read = await server.SendAsync("GET", $"/nave/uploads/{device}/x", token: "");
        Assert.Equal(HttpStatusCode.Unauthorized, read.StatusCode);
    }

    [Fact]
    public async Task Blocks_are_one_file_in_the_order_of_the_list_and_clients_may_escape_slashes()
    {
        var (token, device) = await DeviceAsync();
        await ConfigureAsync("local");
        var ticket = await InitiateAsync(token, device, "a/b");
        foreach (var (id, text) in ((string, string)[])[("MQ==", "first "), ("Mg==", "replaced"), ("Mg==", "second"), ("Mw==", "not listed")])
        {
            using var put = await PutServedAsync(ticket, $"&comp=block&blockid={Uri.EscapeDataString(id)}", Encoding.ASCII.GetBytes(text));
            Assert.Equal(HttpStatusCode.Created, put.StatusCode);
        }

        ticket["blobName"] = $"{device}%2Fa%2Fb";
        using var missing = await PutServedAsync(ticket, "&comp=blocklist", "<BlockList><Latest>eA==</Latest></BlockList>"u8.ToArray());
        Assert.Equal((HttpStatusCode.BadRequest, "InvalidBlockList"), (missing.StatusCode, missing.Headers.GetValues("x-ms-error-code").Single()));
        using var malformed = await PutServedAsync(ticket, "&comp=blocklist", "<!DOCTYPE x [<!ENTITY e 'x'>]><BlockList><Latest>&e;</Latest></BlockList>"u8.ToArray());
        Assert.Equal(HttpStatusCode.BadRequest, malformed.StatusCode);
        using var listed = await PutServedAsync(
            ticket, "&comp=blocklist", "<?xml version='1.0' encoding='utf-8'?><BlockList>\n<Latest>MQ==</Latest>\n<Uncommitted>Mg==</Uncommitted></BlockList>"u8.ToArray());
        Assert.Equal(HttpStatusCode.Created, listed.StatusCode);

        using var read = await server.SendAsync("GET", $"/nave/uploads/{device}/a/b");
        Assert.Equal("first second", await read.Content.ReadAsStringAsync(Cancellation));
    }

    [Fact]
    public async Task A_file_that_is_too_large_is_refused_in_one_piece_and_in_blocks()
    {
        var (token, device) = await DeviceAsync();
        await ConfigureAsync("local");
        Assert.True((await Uploads.ConfigureAsync(Uploads.Settings! with { MaxBytes = 1000 }, Cancellation)).IsSuccess);
        var ticket = await InitiateAsync(token, device, "x");
        using var whole = await PutServedAsync(ticket, "", new byte[1001], "BlockBlob");
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, whole.StatusCode);
        using var first = await PutServedAsync(ticket, "&comp=block&blockid=MQ==", new byte[600]);
        using var second = await PutServedAsync(ticket, "&comp=block&blockid=Mg==", new byte[600]);
        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.RequestEntityTooLarge), (first.StatusCode, second.StatusCode));

        // What was refused takes no room.
        using var third = await PutServedAsync(ticket, "&comp=block&blockid=Mg==", new byte[400]);
        Assert.Equal(HttpStatusCode.Created, third.StatusCode);
    }

    [Fact]
    public async Task The_owner_sees_and_changes_where_files_go_and_never_sees_a_secret()
    {
        var container = await azurite.Server.CreateContainerNamedAsync(Cancellation);
        var body = new JsonObject { ["container"] = container, ["connectionString"] = azurite.Server.ConnectionString, ["timeToLiveMinutes"] = 5, ["notifications"] = false };
        using var set = await server.SendAsync("PUT", "/nave/file-upload", body.ToJsonString());
        var text = await set.Content.ReadAsStringAsync(Cancellation);
        Assert.Equal(HttpStatusCode.OK, set.StatusCode);
        Assert.Contains("\"takenBy\":\"account\",\"timeToLiveMinutes\":5,\"notifications\":false", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Key", text, StringComparison.Ordinal);

        foreach (var wrong in (string[])[
            """{"container":"file:///etc"}""", """{"container":"https://127.0.0.1:9/c?sv=1&sig=secret"}""", """{"container":"ftp://x"}""", "{}",
            """{"container":"local","timeToLiveMinutes":0}""", """{"container":"local","maxActivePerDevice":0}"""])
        {
            using var refused = await server.SendAsync("PUT", "/nave/file-upload", wrong);
            Assert.False(refused.IsSuccessStatusCode, wrong);
            Assert.DoesNotContain("secret", await refused.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        }

        using var removed = await server.SendAsync("DELETE", "/nave/file-upload");
        using var gone = await server.SendAsync("GET", "/nave/file-upload");
        Assert.Equal((HttpStatusCode.NoContent, HttpStatusCode.NotFound), (removed.StatusCode, gone.StatusCode));
    }

    private static string? CodeOf(HttpResponseMessage response) => response.Headers.GetValues("iothub-errorcode").Single();

    private static async Task<JsonNode> JsonAsync(HttpResponseMessage response) =>
        JsonNode.Parse(await response.Content.ReadAsStringAsync(Cancellation))!;

    private async Task<(string Token, string DeviceId)> DeviceAsync()
    {
        var created = await server.Server.Hubs.Hubs[0].Registry.CreateAsync(new DeviceIdentity { DeviceId = $"d-{Guid.NewGuid():N}" }, Cancellation);
        Assert.True(created.IsSuccess, created.Error?.Message);
        var token = SasToken.Create(
            SasToken.ResourceOf(RunningServer.HostName, created.Value.Id),
            Convert.FromBase64String(created.Value.Authentication!.SymmetricKey!.PrimaryKey!),
            TimeProvider.System.GetUtcNow().AddHours(1));
        return (token, created.Value.DeviceId);
    }

    private async Task ConfigureAsync(string? kind)
    {
        var settings = kind switch
        {
            null => null,
            "local" => new FileUploadSettings { Container = Uploads.LocalContainer },
            "signature" => new FileUploadSettings { Container = await azurite.Server.CreateContainerAsync(Cancellation) },
            _ => new FileUploadSettings
            {
                ConnectionString = azurite.Server.ConnectionString,
                Container = await azurite.Server.CreateContainerNamedAsync(Cancellation),
            },
        };
        var changed = await Uploads.ConfigureAsync(settings, Cancellation);
        Assert.True(changed.IsSuccess, changed.Error?.Message);
    }

    private async Task<JsonNode> InitiateAsync(string token, string device, string name)
    {
        using var response = await PostAsync(token, $"/devices/{device}/files", new JsonObject { ["blobName"] = name }.ToJsonString());
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await JsonAsync(response);
    }

    private Task<HttpResponseMessage> PostAsync(string token, string path, string json) => server.SendAsync("POST", $"{path}?{ApiVersion}", json, token);

    private Task<HttpResponseMessage> CompleteAsync(string token, string device, string id, bool isSuccess = true, bool inPath = false)
    {
        var body = new JsonObject { ["isSuccess"] = isSuccess, ["statusCode"] = 200, ["statusDescription"] = "done" };
        if (!inPath)
        {
            body["correlationId"] = id;
        }

        return PostAsync(token, $"/devices/{device}/files/notifications{(inPath ? "/" + id : "")}", body.ToJsonString());
    }

    // As a device does it that has no SDK: one request to the URL that the parts make.
    private async Task PutAsync(JsonNode ticket, byte[] bytes)
    {
        if ((string?)ticket["hostName"] == RunningServer.HostName)
        {
            using var served = await PutServedAsync(ticket, "", bytes, "BlockBlob");
            Assert.Equal(HttpStatusCode.Created, served.StatusCode);
            return;
        }

        // Azurite without TLS.
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Put, $"http://{ticket["hostName"]}/{ticket["containerName"]}/{ticket["blobName"]}{ticket["sasToken"]}");
        request.Content = new ByteArrayContent(bytes);
        request.Headers.Add("x-ms-blob-type", "BlockBlob");
        using var response = await client.SendAsync(request, Cancellation);
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
    }

    private async Task<HttpResponseMessage> PutServedAsync(JsonNode ticket, string query, byte[] bytes, string? type = null)
    {
        using var client = new HttpClient(server.CreateHandler()) { BaseAddress = new Uri($"https://127.0.0.1:{server.Server.Status.Ports.Https}") };
        using var request = new HttpRequestMessage(HttpMethod.Put, $"/{ticket["containerName"]}/{ticket["blobName"]}{ticket["sasToken"]}{query}");
        request.Headers.Host = RunningServer.HostName;
        request.Content = new ByteArrayContent(bytes);
        if (type is not null)
        {
            request.Headers.Add("x-ms-blob-type", type);
        }

        return await client.SendAsync(request, Cancellation);
    }

    private async Task<JsonNode> NextNoticeAsync()
    {
        var queue = server.Server.Hubs.Hubs[0].FileNotifications.Queue;
        var held = await queue.ReceiveAsync(Cancellation);
        Assert.NotNull(held);
        await queue.CompleteAsync(held.LockToken, Cancellation);
        return JsonNode.Parse(held.Records[0].Span)!;
    }

    private async Task<byte[]> ReadBackAsync(string kind, JsonNode notice)
    {
        if (kind == "local")
        {
            Assert.StartsWith($"https://{RunningServer.HostName}/nave/uploads/", (string)notice["blobUri"]!, StringComparison.Ordinal);
            using var read = await server.SendAsync("GET", new Uri((string)notice["blobUri"]!).PathAndQuery);
            return await read.Content.ReadAsByteArrayAsync(Cancellation);
        }

        var name = (string)notice["blobName"]!;
        var address = Uploads.Address!.ToString();
        Assert.StartsWith(address, (string)notice["blobUri"]!, StringComparison.Ordinal);
        var uri = azurite.Server.StorageAccount.ContainerUri(address.Split('/')[^1], BlobAccess.Read, TimeProvider.System.GetUtcNow().AddHours(1));
        using var container = BlobContainers.Open(uri, azurite.Server.Options);
        await using var stream = await container.OpenReadAsync(name, 0, null, Cancellation);
        using var copy = new MemoryStream();
        await stream!.CopyToAsync(copy, Cancellation);
        return copy.ToArray();
    }
}
