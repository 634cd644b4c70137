using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Nave.Fleet.Simulation.NetworkServers;

namespace Nave.Fleet.Tests.NetworkServers;

/// <summary>
/// Actility ThingPark's DX Admin and DX Core APIs (shared facts, seeds 1; docs.thingpark.com): a token for client credentials that ends after
/// its <c>expires_in</c>, pages of 100 counted from 1 with 404 past the end, short items unless <c>extendedInfo</c> is asked for, and keys that
/// are never read back.
/// </summary>
public sealed class ThingParkServer(TimeProvider? time = null) : NetworkServer(time ?? TimeProvider.System)
{
    public const int PageSize = 100;

    public static readonly IReadOnlyList<string> UpdatableFields =
        ["name", "routingProfileId", "processingStrategyId", "connectivityPlanId", "deviceProfileId", "applicationEUI"];

    private static readonly string[] s_required = ["name", "EUI", "activationType", "deviceProfileId"];
    private static readonly string[] s_brief = ["ref", "name", "EUI", "networkAddress"];

    private readonly SortedDictionary<int, JsonObject> _devices = [];
    private readonly Dictionary<int, string> _keys = [];
    private readonly Dictionary<string, DateTimeOffset> _tokens = new(StringComparer.Ordinal);
    private int _lastRef = 1000;

    public string ClientId { get; } = "dev1-api/nave@example.com";

    public string ClientSecret { get; set; } = "s3cret-" + Guid.NewGuid().ToString("N");

    /// <summary>Gets or sets how long a token lasts.</summary>
    public TimeSpan TokenLifetime { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Gets or sets a value indicating whether a token that was just made is refused too.</summary>
    public bool RefusesEveryToken { get; set; }

    public int TokensMade { get; private set; }

    public string LastToken { get; private set; } = string.Empty;

    public IReadOnlyList<string> DeviceEuis => Locked(() => _devices.Values.Select(device => Text(device, "EUI")).Order(StringComparer.Ordinal).ToArray());

    public void Add(string eui, string name, string applicationEui = "70B3D53260666003") => Locked(() => Store(
        new JsonObject
        {
            ["name"] = name,
            ["EUI"] = eui,
            ["activationType"] = "OTAA",
            ["deviceProfileId"] = "LORA/GenericA.1_ETSI_Rx2-SF12",
            ["applicationEUI"] = applicationEui,
        },
        "258DB54023EA7FE3D55085F7351737D0"));

    public bool Remove(string eui) => Locked(() => Find(eui) is { } found && _devices.Remove(found));

    public JsonObject? Device(string eui) => Locked(() => Find(eui) is { } found ? (JsonObject)_devices[found].DeepClone() : null);

    public string? KeyOf(string eui) => Locked(() => Find(eui) is { } found ? _keys[found] : null);

    public void RevokeTokens() => Locked(() =>
    {
        _tokens.Clear();
        return 0;
    });

    protected override NetworkServerAnswer Answer(NetworkServerRequest request, NetworkServerFaultKind? pageFault)
    {
        var path = request.Path.Replace("/thingpark/dx/", "/", StringComparison.Ordinal);
        if (path == "/admin/latest/api/oauth/token")
        {
            return request.Method == "POST" ? MakeToken(request) : Refusal(405, "Method not allowed");
        }

        if (!path.StartsWith("/core/latest/api/devices", StringComparison.Ordinal))
        {
            return new NetworkServerAnswer(404, Encoding.UTF8.GetBytes("<html>no such page</html>"));
        }

        if (request.BearerToken is not { } token || !_tokens.TryGetValue(token, out var end) || end <= Time.GetUtcNow() || RefusesEveryToken)
        {
            return Refusal(401, "Invalid access token");
        }

        return path["/core/latest/api/devices".Length..] switch
        {
            "" => request.Method switch
            {
                "GET" => List(request, pageFault),
                "POST" => Create(request.Json()),
                _ => Refusal(405, "Method not allowed"),
            },
            ['/', .. var text] when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && _devices.ContainsKey(id) => request.Method switch
            {
                "GET" => NetworkServerAnswer.Json(200, _devices[id].DeepClone()),
                "PUT" => Update(id, request.Json()),
                "DELETE" => Delete(id),
                _ => Refusal(405, "Method not allowed"),
            },
            _ => Refusal(404, "The requested device does not exist or is not within your scopes"),
        };
    }

    protected override NetworkServerAnswer Refusal(int status, string message) => NetworkServerAnswer.Json(
        status, new JsonObject { ["code"] = status, ["message"] = message, ["errorId"] = Guid.NewGuid().ToString() });

    private static string Text(JsonObject from, string name) => from[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : string.Empty;

    private NetworkServerAnswer MakeToken(NetworkServerRequest request)
    {
        var form = Encoding.UTF8.GetString(request.Body).Split('&').Select(pair => pair.Split('=', 2)).Where(pair => pair.Length == 2)
            .ToDictionary(pair => pair[0], pair => Uri.UnescapeDataString(pair[1].Replace('+', ' ')), StringComparer.Ordinal);
        if (form.GetValueOrDefault("grant_type") != "client_credentials")
        {
            return Refusal(400, "Unsupported grant type");
        }

        if (form.GetValueOrDefault("client_id") != ClientId || form.GetValueOrDefault("client_secret") != ClientSecret)
        {
            return Refusal(401, "Bad credentials");
        }

        LastToken = Guid.NewGuid().ToString("N");
        TokensMade++;
        _tokens[LastToken] = Time.GetUtcNow() + TokenLifetime;
        return NetworkServerAnswer.Json(200, new JsonObject
        {
            ["access_token"] = LastToken,
            ["token_type"] = "bearer",
            ["expires_in"] = (int)TokenLifetime.TotalSeconds,
            ["client_id"] = ClientId,
        });
    }

    private NetworkServerAnswer List(NetworkServerRequest request, NetworkServerFaultKind? pageFault)
    {
        if (request.Parameter("deviceEUI") is { } eui)
        {
            return NetworkServerAnswer.Json(200, Find(eui) is { } found ? new JsonArray(View(found, request)) : []);
        }

        if (!int.TryParse(request.Parameter("pageIndex") ?? "1", NumberStyles.None, CultureInfo.InvariantCulture, out var page) || page < 1)
        {
            return Refusal(400, "pageIndex: must be greater than or equal to 1");
        }

        int[] all = [.. _devices.Keys];
        if ((page - 1) * PageSize >= all.Length && pageFault != NetworkServerFaultKind.RepeatedPage)
        {
            return Refusal(404, "The requested page does not exist");
        }

        return NetworkServerAnswer.Json(200, new JsonArray([.. Page(all, (page - 1) * PageSize, PageSize, pageFault).Select(id => View(id, request))]));
    }

    private JsonNode View(int id, NetworkServerRequest request) => request.Parameter("extendedInfo") == "true"
        ? _devices[id].DeepClone()
        : new JsonObject(s_brief.Select(name => KeyValuePair.Create(name, _devices[id][name]?.DeepClone())));

    private NetworkServerAnswer Create(JsonObject? body)
    {
        if (body is null)
        {
            return Refusal(400, "Malformed request");
        }

        if (Check(body) is { } problem)
        {
            return problem;
        }

        if (Find(Text(body, "EUI")) is not null)
        {
            return Refusal(409, $"A device with EUI {Text(body, "EUI")} already exists");
        }

        var key = Text(body, "applicationKey");
        if (Text(body, "activationType") == "OTAA" && (!IsHex(key, 32) || !IsHex(Text(body, "applicationEUI"), 16)))
        {
            // As a careless server: what was sent is in the message.
            return Refusal(400, $"applicationEUI or applicationKey is invalid: {key}");
        }

        body.Remove("applicationKey");
        return NetworkServerAnswer.Json(201, _devices[Store(body, key)].DeepClone());
    }

    private NetworkServerAnswer Update(int id, JsonObject? body)
    {
        if (body is null)
        {
            return Refusal(400, "Malformed request");
        }

        if (body.FirstOrDefault(field => !UpdatableFields.Contains(field.Key)) is { Key: { } name })
        {
            return Refusal(400, $"{name}: cannot be updated");
        }

        foreach (var (field, value) in body)
        {
            _devices[id][field] = value?.DeepClone();
        }

        return NetworkServerAnswer.Json(200, _devices[id].DeepClone());
    }

    private NetworkServerAnswer Delete(int id)
    {
        _devices.Remove(id);
        _keys.Remove(id);
        return NetworkServerAnswer.Empty(200);
    }

    private NetworkServerAnswer? Check(JsonObject body)
    {
        if (s_required.FirstOrDefault(name => Text(body, name).Length == 0) is { } missing)
        {
            return Refusal(400, $"{missing}: may not be null");
        }

        if (!IsHex(Text(body, "EUI"), 16))
        {
            return Refusal(400, "EUI: must be 16 hexadecimal digits in upper case");
        }

        return Text(body, "activationType") is "OTAA" or "ABP" ? null : Refusal(400, "activationType: OTAA or ABP");
    }

    private static bool IsHex(string text, int digits) => text.Length == digits && text.All(c => char.IsAsciiDigit(c) || c is >= 'A' and <= 'F');

    private int Store(JsonObject device, string key)
    {
        var id = ++_lastRef;
        device["ref"] = id.ToString(CultureInfo.InvariantCulture);
        device["networkAddress"] = id.ToString("X8", CultureInfo.InvariantCulture);
        _devices[id] = device;
        _keys[id] = key;
        return id;
    }

    private int? Find(string eui)
    {
        foreach (var (id, device) in _devices)
        {
            if (Text(device, "EUI") == eui)
            {
                return id;
            }
        }

        return null;
    }
}
