namespace Nave.Fleet.Tests.Replication.Cosmos;

/// <summary>An item of a container.</summary>
internal sealed record FakeItem(byte[] Json, string ETag);
