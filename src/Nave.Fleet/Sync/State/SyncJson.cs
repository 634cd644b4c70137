using System.Text.Json.Serialization;

namespace Nave.Fleet.Sync.State;

/// <summary>The form of the documents of a sync's store, and of the results that are shown.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SyncRun))]
[JsonSerializable(typeof(SyncLease))]
[JsonSerializable(typeof(SyncedDevice))]
[JsonSerializable(typeof(QuarantinedDevice))]
internal sealed partial class SyncJson : JsonSerializerContext;
