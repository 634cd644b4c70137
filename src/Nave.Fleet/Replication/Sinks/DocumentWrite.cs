using Nave.Fleet.Replication.Documents;

namespace Nave.Fleet.Replication.Sinks;

/// <summary>A document to be written.</summary>
/// <param name="Document">Its new content.</param>
/// <param name="Expected">The token that it has to have; <see langword="null"/> = there is none of that id yet.</param>
public sealed record DocumentWrite(ReplicaDocument Document, string? Expected);
