using System.Text.Json;
using Nave.Api;

namespace Nave.Fleet.Replication.Sinks.JsonLines;

/// <summary>
/// What counts of the files, and the control records: one small file that is replaced whole. So a batch takes effect at once or not at all, though it
/// is in several files.
/// </summary>
internal sealed record JsonLinesState
{
    private const int Version = 1;

    public long Changes { get; init; }

    public long History { get; init; }

    public long Poison { get; init; }

    public long PoisonCount { get; init; }

    public IReadOnlyDictionary<string, ControlRecord> Control { get; init; } = new Dictionary<string, ControlRecord>();

    /// <exception cref="InvalidDataException">It is not such a file, or of a later version.</exception>
    public static JsonLinesState Read(string path)
    {
        if (!File.Exists(path))
        {
            return new JsonLinesState();
        }

        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(path));
            var root = json.RootElement;
            if (root.GetProperty("version").GetInt32() is var version && version != Version)
            {
                throw new InvalidDataException($"{path} is of version {version}; this program writes version {Version}.");
            }

            return new JsonLinesState
            {
                Changes = root.GetProperty("changes").GetInt64(),
                History = root.GetProperty("history").GetInt64(),
                Poison = root.GetProperty("poison").GetInt64(),
                PoisonCount = root.GetProperty("poisonCount").GetInt64(),
                Control = root.GetProperty("control").EnumerateObject().ToDictionary(
                    record => record.Name,
                    record => new ControlRecord(record.Name, RawJson.From(record.Value.GetProperty("value")), record.Value.GetProperty("token").GetString() ?? string.Empty)),
            };
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException($"{path} is not the state of a replication: {e.Message}", e);
        }
    }

    public void Write(string path)
    {
        var temporary = path + ".new";
        using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            using var writer = new Utf8JsonWriter(file);
            writer.WriteStartObject();
            writer.WriteNumber("version", Version);
            writer.WriteNumber("changes", Changes);
            writer.WriteNumber("history", History);
            writer.WriteNumber("poison", Poison);
            writer.WriteNumber("poisonCount", PoisonCount);
            writer.WriteStartObject("control");
            foreach (var record in Control.Values)
            {
                writer.WriteStartObject(record.Key);
                writer.WriteString("token", record.Token);
                writer.WritePropertyName("value");
                writer.WriteRawValue(record.Value.Utf8.Span);
                writer.WriteEndObject();
            }

            writer.WriteEndObject();
            writer.WriteEndObject();
            writer.Flush();
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
    }
}
