using Nave.Fleet.Replication.Documents;

namespace Nave.Fleet.Replication.Sinks;

/// <summary>A document as the target holds it.</summary>
/// <param name="Document">The document.</param>
/// <param name="Token">What changes with each write of it; opaque.</param>
public sealed record StoredDocument(ReplicaDocument Document, string Token);
