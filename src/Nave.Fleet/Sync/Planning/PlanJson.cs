using System.Text.Json.Serialization;
using Nave.Fleet.Sync.Providers;

namespace Nave.Fleet.Sync.Planning;

/// <summary>The form of records in spool files. They live as long as a plan.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(HubRow))]
[JsonSerializable(typeof(ExternalDevice))]
[JsonSerializable(typeof(PlannedChange))]
internal sealed partial class PlanJson : JsonSerializerContext;
