using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Nave.Fleet.Sync.Work;

/// <summary>The documents of the queue.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(WorkItem))]
[JsonSerializable(typeof(DeadLetter))]
internal sealed partial class WorkJson : JsonSerializerContext
{
    /// <summary>Reads a document of the store.</summary>
    /// <exception cref="InvalidDataException">It is none: the store was written by another program.</exception>
    public static T Read<T>(ReadOnlyMemory<byte> body, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(body.Span, type) ?? throw new InvalidDataException($"A stored {typeof(T).Name} is null.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"A stored {typeof(T).Name} cannot be read: {e.Message}", e);
        }
    }
}
