using System.Text.Json.Nodes;

namespace Nave.Fleet.Tests.Replication.Cosmos;

/// <summary>A container and its items.</summary>
internal sealed class FakeContainer(string id, string rid, string databaseRid, JsonNode partitionKey)
{
    public string Rid => rid;

    public Dictionary<(string Partition, string Id), FakeItem> Items { get; } = [];

    public JsonNode Description() => new JsonObject
    {
        ["id"] = id,
        ["_rid"] = rid,
        ["_self"] = $"dbs/{databaseRid}/colls/{rid}/",
        ["_etag"] = "\"1\"",
        ["_ts"] = 1,
        ["partitionKey"] = partitionKey.DeepClone(),
        ["indexingPolicy"] = new JsonObject { ["indexingMode"] = "consistent", ["automatic"] = true },
        ["conflictResolutionPolicy"] = new JsonObject { ["mode"] = "LastWriterWins", ["conflictResolutionPath"] = "/_ts" },
    };
}
