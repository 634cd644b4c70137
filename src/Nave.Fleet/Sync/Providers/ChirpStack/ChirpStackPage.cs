using System.Text.Json;
using Nave.Fleet.Sync.Providers.Http;

namespace Nave.Fleet.Sync.Providers.ChirpStack;

/// <summary>One page of a list of devices.</summary>
/// <param name="TotalCount">How many devices there are in all.</param>
/// <param name="Devices">The devices, in the order of the page.</param>
/// <param name="HaveTags">False where the server is older than tags in lists.</param>
internal sealed record ChirpStackPage(long TotalCount, IReadOnlyList<ExternalDevice> Devices, bool HaveTags)
{
    /// <summary>Reads the answer to a list; <see langword="null"/> if it is none.</summary>
    public static ChirpStackPage? Parse(JsonElement answer)
    {
        // A count of 32 bits is a number in JSON; what is not there is 0 (proto3).
        long total = 0;
        if (answer.ValueKind != JsonValueKind.Object
            || (answer.TryGetProperty("totalCount", out var count) && !(count.ValueKind == JsonValueKind.Number && count.TryGetInt64(out total) && total >= 0)))
        {
            return null;
        }

        var devices = new List<ExternalDevice>();
        var haveTags = true;
        if (answer.TryGetProperty("result", out var result))
        {
            if (result.ValueKind != JsonValueKind.Array)
            {
                return null;
            }

            foreach (var item in result.EnumerateArray())
            {
                if (ParseDevice(item) is not { } device)
                {
                    return null;
                }

                haveTags &= item.TryGetProperty("tags", out _);
                devices.Add(device);
            }
        }

        return new ChirpStackPage(total, devices, haveTags);
    }

    /// <summary>Reads an item of a list, or the device of its own request; <see langword="null"/> if it is none.</summary>
    public static ExternalDevice? ParseDevice(JsonElement item)
    {
        if (JsonFields.Text(item, "devEui") is not { Length: > 0 } eui)
        {
            return null;
        }

        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        if (item.TryGetProperty("tags", out var tags) && tags.ValueKind == JsonValueKind.Object)
        {
            foreach (var tag in tags.EnumerateObject())
            {
                if (JsonFields.Name(tag) is { } name)
                {
                    JsonFields.Copy(tags, name, fields, name);
                }
            }
        }

        // A tag with the name of a field would hide it, or pass for a key.
        foreach (var field in ChirpStackProvider.KnownFields)
        {
            fields.Remove(field.Name);
        }

        eui = eui.ToLowerInvariant();
        fields["devEui"] = eui;
        foreach (var name in (ReadOnlySpan<string>)["name", "description", "deviceProfileId"])
        {
            JsonFields.Copy(item, name, fields, name);
        }

        return new ExternalDevice { Key = eui, Fields = fields };
    }
}
