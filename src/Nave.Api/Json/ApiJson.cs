using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Nave.Api;

/// <summary>
/// How the service API's types are written and read. Names are read in any letter case and unknown fields are ignored, as the hub does.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    PropertyNameCaseInsensitive = true,
    Converters =
    [
        typeof(WireTimeConverter),
        typeof(WireEnumConverter<DeviceStatus>),
        typeof(WireEnumConverter<AuthenticationType>),
        typeof(WireEnumConverter<ImportMode>),
        typeof(WireEnumConverter<JobType>),
        typeof(WireEnumConverter<JobStatus>),
        typeof(WireEnumConverter<StorageAuthenticationType>),
    ])]
[JsonSerializable(typeof(DeviceIdentity))]
[JsonSerializable(typeof(IReadOnlyList<DeviceIdentity>))]
[JsonSerializable(typeof(ExportImportDevice))]
[JsonSerializable(typeof(IReadOnlyList<ExportImportDevice>))]
[JsonSerializable(typeof(BulkRegistryResult))]
[JsonSerializable(typeof(RegistryStatistics))]
[JsonSerializable(typeof(ServiceStatistics))]
[JsonSerializable(typeof(DirectMethodRequest))]
[JsonSerializable(typeof(DirectMethodResponse))]
[JsonSerializable(typeof(MethodCallLine))]
[JsonSerializable(typeof(MethodResultLine))]
[JsonSerializable(typeof(PurgeResult))]
[JsonSerializable(typeof(Configuration))]
[JsonSerializable(typeof(IReadOnlyList<Configuration>))]
[JsonSerializable(typeof(ConfigurationContent))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, string>))]
[JsonSerializable(typeof(ConfigurationQueriesTestInput))]
[JsonSerializable(typeof(ConfigurationQueriesTestResponse))]
[JsonSerializable(typeof(ExportImportConfiguration))]
[JsonSerializable(typeof(QueryBody))]
[JsonSerializable(typeof(JobProperties))]
[JsonSerializable(typeof(IReadOnlyList<JobProperties>))]
[JsonSerializable(typeof(JobRequest))]
[JsonSerializable(typeof(JobResponse))]
[JsonSerializable(typeof(IReadOnlyList<JobResponse>))]
[JsonSerializable(typeof(ImportErrorLine))]
[JsonSerializable(typeof(RegistryWriteResult))]
[JsonSerializable(typeof(RawJson))]
[JsonSerializable(typeof(DateTimeOffset))]
public sealed partial class ApiJson : JsonSerializerContext
{
    /// <summary>Gets the form for answers: as <c>Default</c>, with <c>+</c> and the like unescaped, as the hub writes keys.</summary>
    public static ApiJson Wire => Holder.s_wire;

    /// <summary>Gets the form for answers to a creation: as <see cref="Wire"/>, but the zero time has no <c>Z</c> (wire facts 9.1.10).</summary>
    public static ApiJson Created => Holder.s_created;

    /// <summary>Reads a request body.</summary>
    /// <param name="utf8">The body.</param>
    /// <param name="type">Such as <c>ApiJson.Default.DeviceIdentity</c>.</param>
    /// <param name="value">The value.</param>
    /// <param name="error">400004 with the path and what is wrong, never with the body's content.</param>
    public static bool TryRead<T>(
        ReadOnlySpan<byte> utf8,
        JsonTypeInfo<T> type,
        [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out T? value,
        [System.Diagnostics.CodeAnalysis.NotNullWhen(false)] out HubError? error)
    {
        value = default;
        error = null;
        if (utf8.IsEmpty)
        {
            error = new HubError(HubErrorCode.ArgumentNull, "The request has no body; a JSON value is needed.");
            return false;
        }

        try
        {
            value = JsonSerializer.Deserialize(utf8, type);
        }
        catch (JsonException e)
        {
            var place = e.LineNumber is null ? string.Empty : $" (line {e.LineNumber + 1}, byte {e.BytePositionInLine})";
            error = new HubError(HubErrorCode.ArgumentInvalid, $"The body does not fit at {e.Path ?? "$"}{place}: {Reason(e)}");
            return false;
        }

        if (value is null)
        {
            error = new HubError(HubErrorCode.ArgumentNull, "The body is null; a JSON value is needed.");
            return false;
        }

        return true;
    }

    // The serializer's own messages quote parts of the input, which may be a key. Ours name only what was expected.
    private static string Reason(JsonException e) => e is WireJsonException ? e.Message : "not valid JSON, or a value of another type is needed there.";

    // In a class of its own, for the order of static initialisers across the parts of a partial class is not defined.
    private static class Holder
    {
        internal static readonly ApiJson s_wire = Build(zeroHasZone: true);
        internal static readonly ApiJson s_created = Build(zeroHasZone: false);

        private static ApiJson Build(bool zeroHasZone)
        {
            var options = new JsonSerializerOptions(Default.Options)
            {
                TypeInfoResolver = null,
                Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            };
            options.Converters.Remove(options.Converters.OfType<WireTimeConverter>().Single());
            options.Converters.Add(new WireTimeConverter(zeroHasZone));
            return new ApiJson(options);
        }
    }
}
