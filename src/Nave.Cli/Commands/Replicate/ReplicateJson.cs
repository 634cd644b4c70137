using System.Text.Json.Serialization;
using Nave.Fleet.Replication;

namespace Nave.Cli.Commands;

/// <summary>The results of <c>nave replicate</c>; <c>docs/cli.md</c> shows each.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ReplicationSummary))]
[JsonSerializable(typeof(ReplicateVerifyReport))]
[JsonSerializable(typeof(ReplicateStatusReport))]
internal sealed partial class ReplicateJson : JsonSerializerContext;
