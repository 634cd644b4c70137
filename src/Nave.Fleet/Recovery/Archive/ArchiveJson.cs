using System.Text.Json.Serialization;

namespace Nave.Fleet.Recovery.Archive;

/// <summary>JSON of what only archives hold.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(ArchiveManifest))]
[JsonSerializable(typeof(ImportCheckpoint))]
internal sealed partial class ArchiveJson : JsonSerializerContext;
