using System.Globalization;
using System.Text.Json.Nodes;

namespace Nave.Fleet.Simulation.NetworkServers;

/// <summary>
/// The device service of ChirpStack v4 as its REST proxy has it (api/proto/api/device.proto with its HTTP annotations; errors are gRPC's, as
/// <c>{"code","message","details"}</c>). Like the real one it answers a device that exists twice with 500 and the text of its database,
/// EUIs and keys that are no hexadecimal with 500 too, and another application than its own with 401.
/// </summary>
public sealed class ChirpStackServer : NetworkServer
{
    private const int InvalidArgument = 3;
    private const int NotFound = 5;
    private const int Unauthenticated = 16;
    private const int Internal = 13;
    private const int EuiDigits = 16;
    private const int KeyDigits = 32;

    private readonly SortedDictionary<string, JsonObject> _devices = new(StringComparer.Ordinal);
    private readonly Dictionary<string, JsonObject> _keys = new(StringComparer.Ordinal);

    /// <summary>Initializes a server with an application and a device profile; it does not run yet.</summary>
    public ChirpStackServer(TimeProvider? time = null)
        : base(time ?? TimeProvider.System)
    {
    }

    /// <summary>Gets or sets the API key that it takes; another one is refused.</summary>
    public string ApiKey { get; set; } = Guid.NewGuid().ToString("N");

    /// <summary>Gets the id of its application.</summary>
    public string ApplicationId { get; } = Guid.NewGuid().ToString();

    /// <summary>Gets the ids of its device profiles.</summary>
    public IReadOnlyList<string> DeviceProfileIds { get; } = [Guid.NewGuid().ToString(), Guid.NewGuid().ToString()];

    /// <summary>Gets or sets a value indicating whether it is older than 4.12: lists have no tags and are in the order of names.</summary>
    public bool IsOld { get; set; }

    /// <summary>Gets the EUIs of its devices, in order.</summary>
    public IReadOnlyList<string> DeviceEuis => Locked(() => _devices.Keys.ToArray());

    /// <summary>Adds a device, as its own users do.</summary>
    /// <param name="devEui">16 hexadecimal digits.</param>
    /// <param name="name">The name.</param>
    /// <param name="tags">The tags.</param>
    public void Add(string devEui, string name, IReadOnlyDictionary<string, string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(devEui);
        Locked(() => _devices[Hex.Lower(devEui)] = new JsonObject
        {
            ["devEui"] = Hex.Lower(devEui),
            ["name"] = name,
            ["description"] = string.Empty,
            ["applicationId"] = ApplicationId,
            ["deviceProfileId"] = DeviceProfileIds[0],
            ["skipFcntCheck"] = false,
            ["isDisabled"] = false,
            ["variables"] = new JsonObject(),
            ["tags"] = new JsonObject((tags ?? new Dictionary<string, string>()).Select(tag => KeyValuePair.Create(tag.Key, (JsonNode?)tag.Value))),
            ["joinEui"] = new string('0', EuiDigits),
        });
    }

    /// <summary>Removes a device, as its own users do.</summary>
    public bool Remove(string devEui)
    {
        ArgumentNullException.ThrowIfNull(devEui);
        return Locked(() => _keys.Remove(Hex.Lower(devEui)) | _devices.Remove(Hex.Lower(devEui)));
    }

    /// <summary>Copies a device as the API has it; <see langword="null"/> if there is none.</summary>
    public JsonObject? Device(string devEui)
    {
        ArgumentNullException.ThrowIfNull(devEui);
        return Locked(() => _devices.TryGetValue(Hex.Lower(devEui), out var device) ? (JsonObject)device.DeepClone() : null);
    }

    /// <summary>Copies the keys of a device; <see langword="null"/> if it has none.</summary>
    public JsonObject? Keys(string devEui)
    {
        ArgumentNullException.ThrowIfNull(devEui);
        return Locked(() => _keys.TryGetValue(Hex.Lower(devEui), out var keys) ? (JsonObject)keys.DeepClone() : null);
    }

    /// <inheritdoc/>
    protected override NetworkServerAnswer Answer(NetworkServerRequest request, NetworkServerFaultKind? pageFault)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.BearerToken != ApiKey)
        {
            return Refuse(401, Unauthenticated, "authentication failed: invalid token");
        }

        return request.Segments switch
        {
            ["api", "devices"] => request.Method switch
            {
                "GET" => List(request, pageFault),
                "POST" => Create(request.Json()?["device"] as JsonObject),
                _ => Refuse(501, 12, "Method Not Allowed"),
            },
            ["api", "devices", var eui] => request.Method switch
            {
                "GET" => Get(eui),
                "PUT" => Update(eui, request.Json()?["device"] as JsonObject),
                "DELETE" => Delete(eui),
                _ => Refuse(501, 12, "Method Not Allowed"),
            },
            ["api", "devices", var eui, "keys"] => request.Method switch
            {
                "GET" => _keys.TryGetValue(Hex.Lower(eui), out var keys)
                    ? NetworkServerAnswer.Json(200, new JsonObject { ["deviceKeys"] = keys.DeepClone() })
                    : Missing(eui),
                "POST" => SetKeys(eui, request.Json()?["deviceKeys"] as JsonObject, isNew: true),
                "PUT" => SetKeys(eui, request.Json()?["deviceKeys"] as JsonObject, isNew: false),
                "DELETE" => _keys.Remove(Hex.Lower(eui)) ? NetworkServerAnswer.Json(200, new JsonObject()) : Missing(eui),
                _ => Refuse(501, 12, "Method Not Allowed"),
            },
            _ => Refuse(404, NotFound, "Not Found"),
        };
    }

    /// <inheritdoc/>
    protected override NetworkServerAnswer Refusal(int status, string message) => Refuse(
        status,
        status switch { 400 => InvalidArgument, 401 => Unauthenticated, 403 => 7, 404 => NotFound, 409 => 6, 429 => 8, 503 => 14, 504 => 4, _ => Internal },
        message);

    private static NetworkServerAnswer Refuse(int status, int code, string message) =>
        NetworkServerAnswer.Json(status, new JsonObject { ["code"] = code, ["message"] = message, ["details"] = new JsonArray() });

    private static NetworkServerAnswer Missing(string eui) => Refuse(404, NotFound, $"Object does not exist (id: {Hex.Lower(eui)})");

    private static uint Number(string? text) => uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : 0;

    private static string Text(JsonObject from, string name) => from[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : string.Empty;

    private NetworkServerAnswer List(NetworkServerRequest request, NetworkServerFaultKind? pageFault)
    {
        if (request.Parameter("applicationId") != ApplicationId)
        {
            return Refuse(401, Unauthenticated, string.Empty);
        }

        var offset = Number(request.Parameter("offset"));
        IReadOnlyList<JsonObject> all = !IsOld && request.Parameter("orderBy") is "DEV_EUI" or "1"
            ? [.. _devices.Values]
            : [.. _devices.Values.OrderBy(device => Text(device, "name"), StringComparer.Ordinal).ThenBy(device => Text(device, "devEui"), StringComparer.Ordinal)];
        var result = new JsonArray();
        foreach (var device in Page(all, offset, Number(request.Parameter("limit")), pageFault))
        {
            var item = new JsonObject
            {
                ["devEui"] = Text(device, "devEui"),
                ["createdAt"] = "2026-01-01T00:00:00Z",
                ["updatedAt"] = "2026-01-01T00:00:00Z",
                ["lastSeenAt"] = null,
                ["name"] = Text(device, "name"),
                ["description"] = Text(device, "description"),
                ["deviceProfileId"] = Text(device, "deviceProfileId"),
                ["deviceProfileName"] = "profile",
                ["deviceStatus"] = null,
            };
            if (!IsOld)
            {
                item["tags"] = device["tags"]?.DeepClone();
            }

            result.Add(item);
        }

        return NetworkServerAnswer.Json(200, new JsonObject { ["totalCount"] = _devices.Count, ["result"] = result });
    }

    private NetworkServerAnswer Get(string eui) => _devices.TryGetValue(Hex.Lower(eui), out var device)
        ? NetworkServerAnswer.Json(200, new JsonObject
        {
            ["device"] = device.DeepClone(),
            ["createdAt"] = "2026-01-01T00:00:00Z",
            ["updatedAt"] = "2026-01-01T00:00:00Z",
            ["lastSeenAt"] = null,
            ["deviceStatus"] = null,
            ["classEnabled"] = "CLASS_A",
        })
        : Missing(eui);

    private NetworkServerAnswer Create(JsonObject? body)
    {
        if (Check(body) is { } problem)
        {
            return problem;
        }

        var device = Normalize(body!);
        return _devices.TryAdd(Text(device, "devEui"), device)
            ? NetworkServerAnswer.Json(200, new JsonObject())
            : Refuse(500, Internal, "duplicate key value violates unique constraint \"device_pkey\"");
    }

    private NetworkServerAnswer Update(string eui, JsonObject? body)
    {
        // The path's EUI is put into the body.
        if (body is not null)
        {
            body["devEui"] = eui;
        }

        if (Check(body) is { } problem)
        {
            return problem;
        }

        if (!_devices.ContainsKey(Hex.Lower(eui)))
        {
            return Missing(eui);
        }

        _devices[Hex.Lower(eui)] = Normalize(body!);
        return NetworkServerAnswer.Json(200, new JsonObject());
    }

    private NetworkServerAnswer Delete(string eui)
    {
        _keys.Remove(Hex.Lower(eui));
        return _devices.Remove(Hex.Lower(eui)) ? NetworkServerAnswer.Json(200, new JsonObject()) : Missing(eui);
    }

    private NetworkServerAnswer SetKeys(string eui, JsonObject? body, bool isNew)
    {
        if (body is null)
        {
            return Refuse(400, InvalidArgument, "device_keys is missing");
        }

        if (!_devices.ContainsKey(Hex.Lower(eui)))
        {
            return Refuse(401, Unauthenticated, string.Empty);
        }

        var keys = new JsonObject { ["devEui"] = Hex.Lower(eui) };
        foreach (var name in (ReadOnlySpan<string>)["nwkKey", "appKey", "genAppKey"])
        {
            var text = Text(body, name);
            if (text.Length > 0 && !Hex.Is(text, KeyDigits))
            {
                return Refuse(500, Internal, "Invalid character or string length");
            }

            keys[name] = text.Length == 0 ? new string('0', KeyDigits) : Hex.Lower(text);
        }

        if (_keys.ContainsKey(Hex.Lower(eui)) == isNew)
        {
            return isNew ? Refuse(500, Internal, "duplicate key value violates unique constraint \"device_keys_pkey\"") : Missing(eui);
        }

        _keys[Hex.Lower(eui)] = keys;
        return NetworkServerAnswer.Json(200, new JsonObject());
    }

    private NetworkServerAnswer? Check(JsonObject? device)
    {
        if (device is null)
        {
            return Refuse(400, InvalidArgument, "device is missing");
        }

        if (!Hex.Is(Text(device, "devEui"), EuiDigits) || (Text(device, "joinEui") is { Length: > 0 } joinEui && !Hex.Is(joinEui, EuiDigits)))
        {
            return Refuse(500, Internal, "Invalid character or string length");
        }

        if (!Guid.TryParse(Text(device, "applicationId"), out _) || !Guid.TryParse(Text(device, "deviceProfileId"), out _))
        {
            return Refuse(400, InvalidArgument, "UUID parsing failed");
        }

        if (Text(device, "applicationId") != ApplicationId)
        {
            return Refuse(401, Unauthenticated, string.Empty);
        }

        if (!DeviceProfileIds.Contains(Text(device, "deviceProfileId")))
        {
            return Refuse(500, Internal, "insert or update on table \"device\" violates foreign key constraint \"device_device_profile_id_fkey\"");
        }

        return Text(device, "name").Length == 0 ? Refuse(400, InvalidArgument, "Validation error: name is not set") : null;
    }

    private static JsonObject Normalize(JsonObject body) => new()
    {
        ["devEui"] = Hex.Lower(Text(body, "devEui")),
        ["name"] = Text(body, "name"),
        ["description"] = Text(body, "description"),
        ["applicationId"] = Text(body, "applicationId"),
        ["deviceProfileId"] = Text(body, "deviceProfileId"),
        ["skipFcntCheck"] = body["skipFcntCheck"]?.DeepClone() ?? false,
        ["isDisabled"] = body["isDisabled"]?.DeepClone() ?? false,
        ["variables"] = body["variables"]?.DeepClone() ?? new JsonObject(),
        ["tags"] = body["tags"]?.DeepClone() ?? new JsonObject(),
        ["joinEui"] = Text(body, "joinEui") is { Length: > 0 } joinEui ? Hex.Lower(joinEui) : new string('0', EuiDigits),
    };
}
