using System.Text;
using System.Text.Json;
using Nave.Api;

namespace Nave.Server.Http.Device;

/// <summary>One event of an HTTPS batch: its property names are those of the headers.</summary>
internal sealed record BatchEntry(EventPropertiesWriter Properties, ReadOnlyMemory<byte> Body)
{
    public static bool TryRead(JsonElement item, out BatchEntry entry)
    {
        entry = null!;
        if (item.ValueKind != JsonValueKind.Object || !item.TryGetProperty("body", out var body) || body.ValueKind != JsonValueKind.String)
        {
            return false;
        }

        var isText = item.TryGetProperty("base64Encoded", out var encoded) && encoded.ValueKind == JsonValueKind.False;
        byte[] bytes;
        if (isText)
        {
            bytes = Encoding.UTF8.GetBytes(body.GetString()!);
        }
        else if (!body.TryGetBytesFromBase64(out bytes!))
        {
            return false;
        }

        var properties = new EventPropertiesWriter();
        if (item.TryGetProperty("properties", out var list) && list.ValueKind != JsonValueKind.Null)
        {
            if (list.ValueKind != JsonValueKind.Object)
            {
                return false;
            }

            foreach (var property in list.EnumerateObject())
            {
                if (property.Value.ValueKind != JsonValueKind.String || properties.Count >= EventProperties.MaxCount)
                {
                    return false;
                }

                MessageHeaders.Add(properties, property.Name, property.Value.GetString()!);
            }
        }

        entry = new BatchEntry(properties, bytes);
        return true;
    }
}
