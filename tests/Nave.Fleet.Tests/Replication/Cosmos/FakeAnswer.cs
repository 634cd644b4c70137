namespace Nave.Fleet.Tests.Replication.Cosmos;

/// <summary>What is answered.</summary>
internal sealed record FakeAnswer(int Status, string? Body)
{
    public Dictionary<string, string> Headers { get; init; } = [];
}
