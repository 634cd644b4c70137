using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Nave.Fleet.Simulation.NetworkServers;

namespace Nave.Fleet.Tests.NetworkServers;

/// <summary>
/// The end device registries of The Things Stack v3 (api/ttn/lorawan/v3/end_device*.proto with their HTTP annotations): Identity Server, Join
/// Server, Network Server and Application Server each keep the fields that are theirs, and give back only what the field mask names. The rules
/// of fields are those of the definitions: ids of 3 to 36 characters, at most 10 attributes of at most 200 characters.
/// </summary>
public sealed partial class ThingsStackServer(TimeProvider? time = null) : NetworkServer(time ?? TimeProvider.System)
{
    private const int MaxPage = 1000;
    private const int DefaultPage = 50;

    private static readonly Dictionary<string, string[]> s_fields = new(StringComparer.Ordinal)
    {
        ["is"] = ["ids", "name", "description", "attributes", "version_ids", "network_server_address", "application_server_address", "join_server_address"],
        ["js"] = ["ids", "root_keys", "net_id", "network_server_address", "application_server_address", "resets_join_nonces"],
        ["ns"] = ["ids", "frequency_plan_id", "lorawan_phy_version", "lorawan_version", "mac_settings", "supports_join", "supports_class_b", "supports_class_c"],
        ["as"] = ["ids", "formatters", "version_ids"],
    };

    private readonly Dictionary<string, SortedDictionary<string, JsonObject>> _registries =
        s_fields.Keys.ToDictionary(name => name, _ => new SortedDictionary<string, JsonObject>(StringComparer.Ordinal), StringComparer.Ordinal);

    public string ApiKey { get; set; } = "NNSXS." + Guid.NewGuid().ToString("N");

    public string ApplicationId { get; } = "nave-test";

    public IReadOnlyList<string> DeviceIds => Locked(() => _registries["is"].Keys.ToArray());

    /// <summary>Counts the devices of a registry: is, js, ns or as.</summary>
    public int CountOf(string registry) => Locked(() => _registries[registry].Count);

    public JsonObject? Device(string registry, string id) =>
        Locked(() => _registries[registry].TryGetValue(id, out var device) ? (JsonObject)device.DeepClone() : null);

    public void Add(string id, string devEui, string name) => Locked(() =>
    {
        foreach (var registry in _registries.Values)
        {
            registry[id] = new JsonObject { ["ids"] = Ids(id, devEui, "70B3D57ED0000001"), ["name"] = name, ["attributes"] = new JsonObject() };
        }

        return 0;
    });

    public bool Remove(string id) => Locked(() =>
    {
        var was = false;
        foreach (var registry in _registries.Values)
        {
            was |= registry.Remove(id);
        }

        return was;
    });

    protected override NetworkServerAnswer Answer(NetworkServerRequest request, NetworkServerFaultKind? pageFault)
    {
        if (request.BearerToken != ApiKey)
        {
            return Refuse(401, 16, "pkg/auth", "unauthenticated", "call was not authenticated");
        }

        return request.Segments switch
        {
            ["api", "v3", "applications", var application, .. var rest] => Route("is", application, rest, request, pageFault),
            ["api", "v3", "js" or "ns" or "as", "applications", var application, .. var rest] => Route(request.Segments[2], application, rest, request, pageFault),
            _ => Refuse(404, 5, "pkg/web", "not_found", "route not found"),
        };
    }

    protected override NetworkServerAnswer Refusal(int status, string message)
    {
        var answer = Refuse(
            status, status switch { 400 => 3, 401 => 16, 403 => 7, 404 => 5, 409 => 6, 429 => 8, 503 => 14, _ => 13 }, "pkg/ratelimit", "exceeded", message);
        return status == 429
            ? answer with { Headers = [new("X-Rate-Limit-Limit", "1200"), new("X-Rate-Limit-Available", "0"), new("X-Rate-Limit-Retry", "1")] }
            : answer;
    }

    [GeneratedRegex("^[a-z0-9](?:[-]?[a-z0-9]){2,}$")]
    private static partial Regex IdForm();

    private static NetworkServerAnswer Refuse(int status, int code, string package, string name, string message) => NetworkServerAnswer.Json(status, new JsonObject
    {
        ["code"] = code,
        ["message"] = $"error:{package}:{name} ({message})",
        ["details"] = new JsonArray(new JsonObject
        {
            ["@type"] = "type.googleapis.com/ttn.lorawan.v3.ErrorDetails",
            ["namespace"] = package,
            ["name"] = name,
            ["message_format"] = message,
            ["correlation_id"] = Guid.NewGuid().ToString("N"),
            ["code"] = code,
        }),
    });

    private static NetworkServerAnswer Invalid(string field) =>
        Refuse(400, 3, "pkg/rpcmiddleware/validator", "field_mask_paths", $"invalid value or forbidden path `{field}`");

    private static string Text(JsonNode? from, string name) => from?[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : string.Empty;

    private static bool IsHex(string text, int digits) => text.Length == digits && text.All(char.IsAsciiHexDigit);

    private static string[] Mask(NetworkServerRequest request) =>
        request.Parameter("field_mask")?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];

    private static JsonNode? At(JsonObject device, string path) => path.Split('.').Aggregate<string, JsonNode?>(device, (node, part) => (node as JsonObject)?[part]);

    private static void Put(JsonObject device, string path, JsonNode? value)
    {
        var parts = path.Split('.');
        var node = device;
        foreach (var part in parts[..^1])
        {
            node = node[part] as JsonObject is { } next ? next : (JsonObject)(node[part] = new JsonObject())!;
        }

        node[parts[^1]] = value?.DeepClone();
    }

    private static JsonObject Select(JsonObject device, IEnumerable<string> mask)
    {
        var selected = new JsonObject { ["ids"] = device["ids"]!.DeepClone(), ["created_at"] = "2026-01-01T00:00:00Z", ["updated_at"] = "2026-01-01T00:00:00Z" };
        foreach (var path in mask.Where(path => path.Split('.')[0] != "ids"))
        {
            if (At(device, path) is { } value)
            {
                Put(selected, path, value);
            }
        }

        return selected;
    }

    private JsonObject Ids(string id, string devEui, string joinEui) => new()
    {
        ["device_id"] = id,
        ["application_ids"] = new JsonObject { ["application_id"] = ApplicationId },
        ["dev_eui"] = devEui.ToUpperInvariant(),
        ["join_eui"] = joinEui.ToUpperInvariant(),
    };

    private NetworkServerAnswer Route(string registry, string application, string[] rest, NetworkServerRequest request, NetworkServerFaultKind? pageFault)
    {
        if (application != ApplicationId)
        {
            return Refuse(403, 7, "pkg/auth/rights", "no_application_rights", $"no rights for application `{application}`");
        }

        return (rest, request.Method) switch
        {
            (["devices"], "GET") when registry == "is" => List(request, pageFault),
            (["devices"], "POST") when registry == "is" => Create(request.Json()?["end_device"] as JsonObject),
            (["devices", var id], "GET") => _registries[registry].TryGetValue(id, out var device)
                ? NetworkServerAnswer.Json(200, Select(device, Mask(request)))
                : Missing(registry, id),
            (["devices", var id], "PUT") => Set(registry, id, request.Json()),
            (["devices", var id], "DELETE") => _registries[registry].Remove(id) ? NetworkServerAnswer.Json(200, new JsonObject()) : Missing(registry, id),
            _ => Refuse(501, 12, "pkg/web", "unimplemented", "not implemented"),
        };
    }

    private static NetworkServerAnswer Missing(string registry, string id) => registry == "is"
        ? Refuse(404, 5, "pkg/identityserver/store", "end_device_not_found", $"end device with id `{id}` not found")
        : Refuse(404, 5, "pkg/" + registry, "entity_not_found", "entity not found");

    private NetworkServerAnswer List(NetworkServerRequest request, NetworkServerFaultKind? pageFault)
    {
        var limit = int.TryParse(request.Parameter("limit"), NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : DefaultPage;
        var page = int.TryParse(request.Parameter("page"), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? Math.Max(number, 1) : 1;
        if (limit > MaxPage)
        {
            return Invalid("limit");
        }

        if (request.Parameter("order") is { Length: > 0 } order && order is not ("device_id" or "-device_id" or "name" or "-name" or "dev_eui" or "-dev_eui" or "created_at" or "-created_at"))
        {
            return Invalid("order");
        }

        JsonObject[] all = [.. _registries["is"].Values];
        limit = limit == 0 ? DefaultPage : limit;
        var items = Page(all, (page - 1L) * limit, limit, pageFault).Select(device => Select(device, Mask(request)));
        return NetworkServerAnswer.Json(200, new JsonObject { ["end_devices"] = new JsonArray([.. items]) }) with
        {
            Headers = [new("X-Total-Count", all.Length.ToString(CultureInfo.InvariantCulture))],
        };
    }

    private NetworkServerAnswer Create(JsonObject? device)
    {
        if (device is null)
        {
            return Invalid("end_device");
        }

        if (Check(device) is { } problem)
        {
            return problem;
        }

        var id = Text(device["ids"], "device_id");
        if (_registries["is"].ContainsKey(id))
        {
            return Refuse(409, 6, "pkg/identityserver/store", "already_exists", $"end_device `{id}` already exists");
        }

        var (devEui, joinEui) = (Text(device["ids"], "dev_eui"), Text(device["ids"], "join_eui"));
        if (_registries["is"].Values.FirstOrDefault(other =>
            Text(other["ids"], "dev_eui").Equals(devEui, StringComparison.OrdinalIgnoreCase)
            && Text(other["ids"], "join_eui").Equals(joinEui, StringComparison.OrdinalIgnoreCase)) is { } taken)
        {
            return Refuse(409, 6, "pkg/identityserver", "end_device_euis_taken", $"an end device with JoinEUI `{joinEui}` and DevEUI `{devEui}` is already registered as `{Text(taken["ids"], "device_id")}`");
        }

        // What another server keeps is dropped without a word.
        var kept = new JsonObject { ["ids"] = Ids(id, devEui, joinEui) };
        foreach (var name in s_fields["is"].Where(name => name != "ids" && device[name] is not null))
        {
            kept[name] = device[name]!.DeepClone();
        }

        _registries["is"][id] = kept;
        return NetworkServerAnswer.Json(200, kept.DeepClone());
    }

    private NetworkServerAnswer Set(string registry, string id, JsonObject? body)
    {
        if (body?["end_device"] is not JsonObject device)
        {
            return Invalid("end_device");
        }

        var paths = (body["field_mask"]?["paths"] as JsonArray)?.Select(path => path!.GetValue<string>()).ToArray() ?? [];
        if (paths.FirstOrDefault(path => !s_fields[registry].Contains(path.Split('.')[0])) is { } forbidden)
        {
            return Invalid(forbidden);
        }

        var registered = _registries[registry].TryGetValue(id, out var existing);
        if (registry == "is" && !registered)
        {
            return Missing(registry, id);
        }

        // The ids of a device that is there do not change.
        var sent = (JsonObject)device.DeepClone();
        sent["ids"] = registered
            ? existing!["ids"]!.DeepClone()
            : Ids(id, Text(device["ids"], "dev_eui"), Text(device["ids"], "join_eui"));
        if (Check(sent) is { } problem)
        {
            return problem;
        }

        if (registry == "js" && paths.Contains("root_keys.app_key.key") && !IsHex(Text(At(device, "root_keys.app_key"), "key"), 32))
        {
            return Invalid("root_keys.app_key.key");
        }

        if (registry == "ns" && !registered && (Text(device, "lorawan_version").Length == 0 || Text(device, "lorawan_phy_version").Length == 0 || Text(device, "frequency_plan_id").Length == 0))
        {
            return Refuse(400, 3, "pkg/networkserver", "missing_field", "missing `lorawan_version`, `lorawan_phy_version` or `frequency_plan_id`");
        }

        var result = registered ? existing! : new JsonObject { ["ids"] = sent["ids"]!.DeepClone() };
        foreach (var path in paths.Where(path => path.Split('.')[0] != "ids"))
        {
            Put(result, path, At(device, path));
        }

        _registries[registry][id] = result;
        return NetworkServerAnswer.Json(200, Select(result, paths));
    }

    private static NetworkServerAnswer? Check(JsonObject device)
    {
        var id = Text(device["ids"], "device_id");
        if (id.Length > 36 || !IdForm().IsMatch(id))
        {
            return Invalid("end_device.ids.device_id");
        }

        if (!IsHex(Text(device["ids"], "dev_eui"), 16) || !IsHex(Text(device["ids"], "join_eui"), 16))
        {
            return Invalid("end_device.ids.dev_eui");
        }

        if (Text(device, "name").Length > 50)
        {
            return Invalid("end_device.name");
        }

        return device["attributes"] is JsonObject attributes
            && (attributes.Count > 10 || attributes.Any(pair => pair.Key.Length > 36 || !IdForm().IsMatch(pair.Key) || pair.Value!.GetValue<string>().Length > 200))
            ? Invalid("end_device.attributes")
            : null;
    }
}
