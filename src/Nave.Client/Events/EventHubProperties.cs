namespace Nave.Client;

/// <summary>What an event stream says of itself.</summary>
/// <param name="Name">Its name.</param>
/// <param name="CreatedTime">When it was made.</param>
/// <param name="PartitionIds">Its partitions: <c>0</c>, <c>1</c> and so on.</param>
public sealed record EventHubProperties(string Name, DateTimeOffset CreatedTime, IReadOnlyList<string> PartitionIds);
