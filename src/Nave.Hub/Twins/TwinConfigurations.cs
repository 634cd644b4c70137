using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Nave.Hub.Twins;

/// <summary>Reads and writes the section of a twin that names the configurations aimed at it.</summary>
internal static class TwinConfigurations
{
    /// <summary>Reads the section.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public static IReadOnlyList<(string Id, ConfigurationStatus Status)> Read(ReadOnlyMemory<byte> json)
    {
        if (json.Length <= TwinJson.EmptyObject.Length)
        {
            return [];
        }

        try
        {
            using var document = JsonDocument.Parse(json);
            return [.. document.RootElement.EnumerateObject().Select(entry =>
                (entry.Name, Enum.Parse<ConfigurationStatus>(entry.Value.GetProperty("status").GetString() ?? "")))];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or ArgumentException)
        {
            throw new InvalidDataException("The configurations of a stored twin cannot be read: it is damaged.", e);
        }
    }

    /// <summary>Writes the section, in the order of ids.</summary>
    public static byte[] Write(IEnumerable<KeyValuePair<string, ConfigurationStatus>> statuses)
    {
        var json = new ArrayBufferWriter<byte>(64);
        json.Write("{"u8);
        var isFirst = true;
        foreach (var (id, status) in statuses.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            if (!isFirst)
            {
                json.Write(","u8);
            }

            isFirst = false;
            TwinJson.WriteName(json, Encoding.UTF8.GetBytes(id));
            json.Write(status == ConfigurationStatus.Applied ? "{\"status\":\"Applied\"}"u8 : "{\"status\":\"Targeted\"}"u8);
        }

        json.Write("}"u8);
        return json.WrittenSpan.ToArray();
    }
}
