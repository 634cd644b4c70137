using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Nave.Fleet.Tests.Replication.Cosmos;

/// <summary>
/// The calls of Azure Cosmos DB's REST API that a client in gateway mode makes for single items and feeds, in this process: account, databases, containers,
/// partition key ranges, items. It checks signatures, partition keys, etags and ids, and refuses what the service refuses. Source: the REST
/// reference of Azure Cosmos DB, "Azure Cosmos DB REST API reference".
/// </summary>
internal sealed class FakeCosmos : IAsyncDisposable
{
    private const int MaxItemBytes = 2 * 1024 * 1024;

    private readonly WebApplication _app;
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(64);
    private readonly Lock _gate = new();
    private readonly Dictionary<string, string> _databases = new(StringComparer.Ordinal);
    private readonly Dictionary<string, FakeContainer> _containers = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<int> _failures = new();
    private int _rids;
    private long _lsn = 1;

    private FakeCosmos(WebApplication app) => _app = app;

    /// <summary>Gets the account's connection string.</summary>
    public string ConnectionString => $"AccountEndpoint={_app.Urls.Single()}/;AccountKey={Convert.ToBase64String(_key)};";

    /// <summary>Gets how many requests were refused because their signature is wrong.</summary>
    public int BadSignatures { get; private set; }

    /// <summary>Gets how many reads of items came with a session token.</summary>
    public int SessionReads { get; private set; }

    /// <summary>Gets how many requests were answered with 429.</summary>
    public int Throttled { get; private set; }

    /// <summary>Gets or sets what is done just before an item is replaced: what others may do.</summary>
    public Action<string>? BeforeReplace { get; set; }

    public static async Task<FakeCosmos> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        var fake = new FakeCosmos(app);
        app.Run(fake.HandleAsync);
        await app.StartAsync();
        return fake;
    }

    /// <summary>Makes the next requests for items fail so.</summary>
    public void FailNext(int status, int times)
    {
        for (var i = 0; i < times; i++)
        {
            _failures.Enqueue(status);
        }
    }

    /// <summary>Changes an item as another writer does.</summary>
    public void Touch(string container, string id)
    {
        lock (_gate)
        {
            var items = _containers.Single(each => each.Key.EndsWith($"/{container}", StringComparison.Ordinal)).Value.Items;
            var key = items.Keys.Single(each => each.Id == id);
            items[key] = Stamp(items[key].Json);
        }
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task HandleAsync(HttpContext context)
    {
        var request = context.Request;
        var path = request.Path.Value!.Trim('/'); // Of a request there is one.
        var parts = path.Length == 0 ? [] : path.Split('/').Select(Uri.UnescapeDataString).ToArray();
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body);
        var answer = IsSigned(request, parts) ? Answer(request, parts, body.ToArray()) : Refuse(401, "The input authorization token can't serve the request.");
        context.Response.StatusCode = answer.Status;
        context.Response.Headers["x-ms-activity-id"] = Guid.NewGuid().ToString();
        context.Response.Headers["x-ms-request-charge"] = "1";
        context.Response.Headers["x-ms-session-token"] = string.Create(CultureInfo.InvariantCulture, $"0:-1#{Interlocked.Read(ref _lsn)}");
        if (parts.Length >= 4 && _containers.TryGetValue($"{parts[1]}/{parts[3]}", out var owner))
        {
            // Whose session the token is of.
            context.Response.Headers["x-ms-content-path"] = owner.Rid;
            context.Response.Headers["x-ms-alt-content-path"] = $"dbs/{parts[1]}/colls/{parts[3]}";
        }

        foreach (var (name, value) in answer.Headers)
        {
            context.Response.Headers[name] = value;
        }

        if (answer.Body is { } content && answer.Status is not (204 or 304))
        {
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync(content);
        }
    }

    private FakeAnswer Answer(HttpRequest request, string[] parts, byte[] body)
    {
        lock (_gate)
        {
            return parts switch
            {
                [] => Account(request),
                ["dbs"] => CreateDatabase(body),
                ["dbs", var database] => _databases.TryGetValue(database, out var rid)
                    ? Json(200, new JsonObject { ["id"] = database, ["_rid"] = rid, ["_self"] = $"dbs/{rid}/", ["_etag"] = "\"1\"" }) : Refuse(404, "Resource Not Found."),
                ["dbs", var database, "colls"] => CreateContainer(database, body),
                ["dbs", var database, "colls", var container] => _containers.TryGetValue($"{database}/{container}", out var found)
                    ? Json(200, found.Description()) : Refuse(404, "Resource Not Found."),
                ["dbs", _, "colls", var container, "pkranges"] => Ranges(request, container),
                ["dbs", var database, "colls", var container, "docs", ..] when _containers.TryGetValue($"{database}/{container}", out var found) => Item(request, found, container, parts, body),
                _ => Refuse(404, "Resource Not Found."),
            };
        }
    }

    private static FakeAnswer Account(HttpRequest request)
    {
        var here = $$"""[{"name":"here","databaseAccountEndpoint":"http://{{request.Host}}/"}]""";
        return new FakeAnswer(200, $$"""
            {"_self":"","id":"fake","_rid":"fake","media":"//media/","addresses":"//addresses/","_dbs":"//dbs/","writableLocations":{{here}},"readableLocations":{{here}},
            "enableMultipleWriteLocations":false,"userReplicationPolicy":{"asyncReplication":false,"minReplicaSetSize":1,"maxReplicasetSize":4},
            "userConsistencyPolicy":{"defaultConsistencyLevel":"Session"},"systemReplicationPolicy":{"minReplicaSetSize":1,"maxReplicasetSize":4},
            "readPolicy":{"primaryReadCoefficient":1,"secondaryReadCoefficient":1},"queryEngineConfiguration":"{}"}
            """);
    }

    private FakeAnswer CreateDatabase(byte[] body)
    {
        var id = JsonNode.Parse(body)!["id"]!.GetValue<string>();
        if (!_databases.TryAdd(id, Rid([(byte)++_rids, 0, 0, 1])))
        {
            return Refuse(409, "Resource with specified id or name already exists.");
        }

        return Json(201, new JsonObject { ["id"] = id, ["_rid"] = _databases[id], ["_self"] = $"dbs/{_databases[id]}/", ["_etag"] = "\"1\"" });
    }

    private FakeAnswer CreateContainer(string database, byte[] body)
    {
        if (!_databases.TryGetValue(database, out var databaseRid))
        {
            return Refuse(404, "Resource Not Found.");
        }

        var definition = JsonNode.Parse(body)!.AsObject();
        var id = definition["id"]!.GetValue<string>();
        var rid = Rid([.. Convert.FromBase64String(databaseRid), 0x80, 0, 0, (byte)++_rids]);
        var container = new FakeContainer(id, rid, databaseRid, definition["partitionKey"]!.DeepClone());
        return _containers.TryAdd($"{database}/{id}", container) ? Json(201, container.Description()) : Refuse(409, "Resource with specified id or name already exists.");
    }

    private static FakeAnswer Ranges(HttpRequest request, string container) => request.Headers.IfNoneMatch.Count > 0
        ? new FakeAnswer(304, null)
        : new FakeAnswer(200, $$"""
            {"_rid":"{{container}}","PartitionKeyRanges":[{"_rid":"{{container}}AAAAAAAAAA==","id":"0","_etag":"\"1\"","minInclusive":"","maxExclusive":"FF","ridPrefix":0,
            "_self":"","throughputFraction":1,"status":"online","parents":[],"_ts":1}],"_count":1}
            """) { Headers = { ["etag"] = "\"1\"" } };

    private FakeAnswer Item(HttpRequest request, FakeContainer container, string name, string[] parts, byte[] body)
    {
        if (_failures.TryDequeue(out var failure))
        {
            Throttled += failure == 429 ? 1 : 0;
            return Refuse(failure, failure == 429 ? "Request rate is large." : "Injected.") with { Headers = new() { ["x-ms-retry-after-ms"] = "1" } };
        }

        var header = request.Headers["x-ms-documentdb-partitionkey"].ToString();
        var partition = header.Length == 0 ? null : JsonNode.Parse(header)![0]!.GetValue<string>();
        if (parts.Length == 5)
        {
            return request.Method == "GET" ? Feed(request, container, partition) : Create(request, container, partition, body);
        }

        var key = (partition ?? string.Empty, Id: parts[5]);
        if (request.Method == "GET")
        {
            SessionReads += request.Headers.ContainsKey("x-ms-session-token") ? 1 : 0;
            return container.Items.TryGetValue(key, out var item) ? ItemAnswer(200, item) : Refuse(404, "Resource Not Found.");
        }

        BeforeReplace?.Invoke($"{name}/{parts[5]}");
        if (!container.Items.TryGetValue(key, out var before))
        {
            return Refuse(404, "Resource Not Found.");
        }

        if (request.Headers.IfMatch.ToString() is { Length: > 0 } expected && expected != before.ETag)
        {
            return Refuse(412, "One of the specified pre-condition is not met.");
        }

        if (request.Method == "DELETE")
        {
            container.Items.Remove(key);
            return new FakeAnswer(204, null) { Headers = { ["etag"] = before.ETag } };
        }

        return Problem(body, partition, parts[5]) ?? ItemAnswer(200, container.Items[key] = Stamp(body));
    }

    private FakeAnswer Create(HttpRequest request, FakeContainer container, string? partition, byte[] body)
    {
        if (request.Headers.ContainsKey("x-ms-documentdb-isquery") || partition is null)
        {
            return Refuse(400, "Queries, and items without a partition key, are not known here.");
        }

        if (Problem(body, partition, null) is { } problem)
        {
            return problem;
        }

        var key = (partition, Id: JsonNode.Parse(body)!["id"]!.GetValue<string>());
        var isUpsert = string.Equals(request.Headers["x-ms-documentdb-is-upsert"], "True", StringComparison.OrdinalIgnoreCase);
        return !isUpsert && container.Items.ContainsKey(key)
            ? Refuse(409, "Entity with the specified id already exists in the system.")
            : ItemAnswer(201, container.Items[key] = Stamp(body));
    }

    private static FakeAnswer Feed(HttpRequest request, FakeContainer container, string? partition)
    {
        var most = int.TryParse(request.Headers["x-ms-max-item-count"], CultureInfo.InvariantCulture, out var wanted) && wanted > 0 ? wanted : 100;
        var from = request.Headers["x-ms-continuation"].ToString() is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : 0;
        var all = container.Items.Where(item => partition is null || item.Key.Partition == partition).Select(item => item.Value).ToList();
        var page = all.Skip(from).Take(most).ToList();
        var json = $$"""{"_rid":"{{container.Rid}}","Documents":[{{string.Join(',', page.Select(item => Encoding.UTF8.GetString(item.Json)))}}],"_count":{{page.Count}}}""";
        var answer = new FakeAnswer(200, json) { Headers = { ["x-ms-item-count"] = page.Count.ToString(CultureInfo.InvariantCulture) } };
        if (from + page.Count < all.Count)
        {
            answer.Headers["x-ms-continuation"] = (from + page.Count).ToString(CultureInfo.InvariantCulture);
        }

        return answer;
    }

    private static FakeAnswer? Problem(byte[] body, string? partition, string? id)
    {
        if (body.Length > MaxItemBytes)
        {
            return Refuse(413, "Request size is too large.");
        }

        JsonNode? item;
        try
        {
            item = JsonNode.Parse(body);
        }
        catch (JsonException)
        {
            return Refuse(400, "The input content is invalid.");
        }

        var own = item?["id"]?.GetValue<string>();
        return own is null or "" || own.Length > 255 || own.AsSpan().IndexOfAny("/\\?#") >= 0 ? Refuse(400, "The id is not valid.")
            : (id is not null && own != id) ? Refuse(400, "The id in the body is another one.")
            : item!["deviceId"]?.GetValue<string>() != partition ? Refuse(400, "PartitionKey extracted from document doesn't match the one specified in the header.")
            : null;
    }

    private static FakeAnswer ItemAnswer(int status, FakeItem item) => new(status, Encoding.UTF8.GetString(item.Json)) { Headers = { ["etag"] = item.ETag } };

    private FakeItem Stamp(byte[] body)
    {
        var json = JsonNode.Parse(body)!.AsObject();
        var etag = $"\"{Guid.NewGuid()}\"";
        json["_rid"] = "AQAAAA==";
        json["_self"] = "";
        json["_etag"] = etag;
        json["_attachments"] = "attachments/";
        json["_ts"] = Interlocked.Increment(ref _lsn);
        return new FakeItem(JsonSerializer.SerializeToUtf8Bytes(json), etag);
    }

    // Verb, type and link of the resource, and date, each on a line, in lower case but for names.
    private bool IsSigned(HttpRequest request, string[] parts)
    {
        var isItem = parts.Length % 2 == 0;
        var type = parts.Length == 0 ? string.Empty : isItem ? parts[^2] : parts[^1];
        var link = string.Join('/', isItem ? parts : parts[..^1]);
        var ownRid = parts.Length >= 4 && _containers.Values.Any(container => container.Rid == parts[3]) ? parts[3].ToLowerInvariant() : null;
        var given = Uri.UnescapeDataString(request.Headers.Authorization.ToString());
        foreach (var name in (string?[])[link, ownRid])
        {
            var text = $"{request.Method.ToLowerInvariant()}\n{type.ToLowerInvariant()}\n{name}\n{request.Headers["x-ms-date"].ToString().ToLowerInvariant()}\n\n";
            var signature = Convert.ToBase64String(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(text)));
            if (given == $"type=master&ver=1.0&sig={signature}")
            {
                return true;
            }
        }

        BadSignatures++;
        return false;
    }

    private static string Rid(byte[] bytes) => Convert.ToBase64String(bytes).Replace('/', '-');

    private static FakeAnswer Json(int status, JsonNode body) => new(status, body.ToJsonString()) { Headers = { ["etag"] = "\"1\"" } };

    private static FakeAnswer Refuse(int status, string message) => new(status, new JsonObject { ["code"] = status.ToString(CultureInfo.InvariantCulture), ["message"] = message }.ToJsonString());
}
