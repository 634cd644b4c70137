using System.Text.Json;
using System.Text.Json.Nodes;
using Nave.Api;

namespace Nave.Fleet.Sync.Planning;

/// <summary>
/// Tags of a twin as the flat texts that providers work with, and back. In the form of texts, dots of a name lead into objects; in the form
/// of JSON a name is one of the topmost level and its text is JSON.
/// </summary>
internal static class TagFields
{
    /// <summary>Reads tags.</summary>
    /// <param name="tags">The section, or nothing.</param>
    /// <param name="json">Whether texts are JSON.</param>
    /// <param name="mark">The sync's mark, if there is one.</param>
    public static Dictionary<string, string> Read(JsonElement tags, bool json, out SyncMark? mark)
    {
        mark = null;
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        if (tags.ValueKind != JsonValueKind.Object)
        {
            return fields;
        }

        foreach (var tag in tags.EnumerateObject())
        {
            if (tag.NameEquals(SyncMark.Tag))
            {
                mark = ReadMark(tag.Value);
            }
            else if (json)
            {
                if (tag.Value.ValueKind != JsonValueKind.Null)
                {
                    fields[tag.Name] = JsonText.Of(tag.Value);
                }
            }
            else
            {
                Flatten(fields, tag.Name, tag.Value);
            }
        }

        return fields;
    }

    /// <summary>Makes the tags of a new device.</summary>
    /// <param name="wanted">The fields.</param>
    /// <param name="mark">The mark, or none.</param>
    /// <param name="json">Whether texts are JSON.</param>
    /// <param name="tags">The tags.</param>
    /// <returns>What is wrong with the fields, or <see langword="null"/>. It quotes names only.</returns>
    public static string? TryWrite(IReadOnlyDictionary<string, string> wanted, SyncMark? mark, bool json, out string tags)
    {
        var root = new JsonObject();
        tags = string.Empty;
        foreach (var (name, text) in wanted.OrderBy(field => field.Key, StringComparer.Ordinal))
        {
            if (Set(root, name, text, json) is { } problem)
            {
                return problem;
            }
        }

        tags = ToJson(root, mark);
        using var document = JsonDocument.Parse(tags);
        return (TwinLimits.Check(TwinSection.Tags, document.RootElement) ?? TwinLimits.CheckSize(TwinSection.Tags, document.RootElement))?.Message;
    }

    /// <summary>Makes the merge patch that turns fields into others; the fields have passed <see cref="TryWrite"/>.</summary>
    /// <param name="current">The fields there are.</param>
    /// <param name="changes">The new texts; <see langword="null"/> = the field goes.</param>
    /// <param name="mark">The mark to write, or none.</param>
    /// <param name="json">Whether texts are JSON.</param>
    public static string Patch(
        IReadOnlyDictionary<string, string> current, IReadOnlyCollection<KeyValuePair<string, string?>> changes, SyncMark? mark, bool json)
    {
        var root = new JsonObject();

        // What goes first: of 'a' that goes and 'a.b' that comes, the latter has to win.
        foreach (var (name, text) in changes.OrderBy(change => change.Value is not null).ThenBy(change => change.Key, StringComparer.Ordinal))
        {
            if (text is null)
            {
                // Of an object that becomes a text, nothing has to go first.
                if (json || !changes.Any(change => change.Value is not null && name.StartsWith(change.Key + '.', StringComparison.Ordinal)))
                {
                    Remove(root, name, json);
                }
            }
            else if (json && current.TryGetValue(name, out var old))
            {
                root[name] = Difference(JsonNode.Parse(old), JsonNode.Parse(text));
            }
            else
            {
                Set(root, name, text, json);
            }
        }

        return ToJson(root, mark);
    }

    private static SyncMark? ReadMark(JsonElement tag)
    {
        if (tag.ValueKind != JsonValueKind.Object
            || !tag.TryGetProperty(SyncMark.Member, out var mark)
            || mark.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        string[] fields = mark.TryGetProperty("fields", out var names) && names.ValueKind == JsonValueKind.Array
            ? [.. names.EnumerateArray().Where(name => name.ValueKind == JsonValueKind.String).Select(name => name.GetString() ?? string.Empty)]
            : [];
        return new SyncMark(TextOf(mark, "name"), TextOf(mark, "provider"), TextOf(mark, "key"), fields);
    }

    private static string TextOf(JsonElement mark, string name) =>
        mark.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() ?? string.Empty : string.Empty;

    private static void Flatten(Dictionary<string, string> fields, string name, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var member in value.EnumerateObject())
                {
                    Flatten(fields, $"{name}.{member.Name}", member.Value);
                }

                break;
            case JsonValueKind.String:
                fields[name] = value.GetString() ?? string.Empty;
                break;
            case JsonValueKind.Null:
                break;
            default:
                fields[name] = JsonText.Of(value);
                break;
        }
    }

    private static string? Set(JsonObject root, string name, string text, bool json)
    {
        var path = json ? [name] : name.Split('.');
        if (path[0] == SyncMark.Tag)
        {
            return $"The field '{name}' would be the tag '{SyncMark.Tag}', which is kept for marks.";
        }

        var parent = root;
        foreach (var step in path.AsSpan()[..^1])
        {
            if (parent[step] is null)
            {
                parent[step] = new JsonObject();
            }

            if (parent[step] is not JsonObject inner)
            {
                return $"The field '{name}' needs the tag '{step}' to be an object, and another field makes it a text.";
            }

            parent = inner;
        }

        if (parent.ContainsKey(path[^1]) && parent[path[^1]] is JsonObject)
        {
            return $"The field '{name}' would be a text, and another field makes that tag an object.";
        }

        if (!json)
        {
            parent[path[^1]] = text;
            return null;
        }

        if (!JsonText.TryNormalize(text, out var normal))
        {
            return $"The value of the field '{name}' is no JSON, or null.";
        }

        parent[path[^1]] = JsonNode.Parse(normal);
        return null;
    }

    private static void Remove(JsonObject root, string name, bool json)
    {
        var path = json ? [name] : name.Split('.');
        var parent = root;
        foreach (var step in path.AsSpan()[..^1])
        {
            if (parent[step] is not JsonObject inner)
            {
                parent[step] = inner = new JsonObject();
            }

            parent = inner;
        }

        parent[path[^1]] = null;
    }

    /// <summary>Makes the merge patch from one value to another: an object's members that are gone become null.</summary>
    private static JsonNode? Difference(JsonNode? from, JsonNode? to)
    {
        if (from is not JsonObject old || to is not JsonObject wanted)
        {
            return to?.DeepClone();
        }

        var patch = new JsonObject();
        foreach (var (name, _) in old)
        {
            if (!wanted.ContainsKey(name))
            {
                patch[name] = null;
            }
        }

        foreach (var (name, value) in wanted)
        {
            if (!JsonNode.DeepEquals(old[name], value))
            {
                patch[name] = Difference(old[name], value);
            }
        }

        return patch;
    }

    private static string ToJson(JsonObject root, SyncMark? mark)
    {
        if (mark is not null)
        {
            root[SyncMark.Tag] = new JsonObject
            {
                [SyncMark.Member] = new JsonObject
                {
                    ["name"] = mark.Name,
                    ["provider"] = mark.Provider,
                    ["key"] = mark.Key,
                    ["fields"] = new JsonArray([.. mark.Fields.Select(name => (JsonNode)name)]),
                },
            };
        }

        return root.ToJsonString();
    }
}
