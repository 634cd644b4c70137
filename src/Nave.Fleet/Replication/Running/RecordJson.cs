using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Nave.Api;

namespace Nave.Fleet.Replication.Running;

/// <summary>Control records as JSON.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(PartitionRecord))]
[JsonSerializable(typeof(MemberRecord))]
[JsonSerializable(typeof(BootstrapRecord))]
internal sealed partial class RecordJson : JsonSerializerContext
{
    public static RawJson Write<T>(T record, JsonTypeInfo<T> type) => RawJson.FromTrusted(JsonSerializer.SerializeToUtf8Bytes(record, type));

    /// <exception cref="InvalidDataException">It is not such a record.</exception>
    public static T Read<T>(RawJson json, JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(json.Utf8.Span, type) ?? throw new InvalidDataException("A control record of the target is null.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"A control record of the target cannot be read: {e.Message}", e);
        }
    }
}
