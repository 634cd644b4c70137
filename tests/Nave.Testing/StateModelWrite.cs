using Nave.Storage;

namespace Nave.Testing;

/// <summary>One write of a random transaction.</summary>
/// <param name="Kind">What it does.</param>
/// <param name="Collection">The collection, 0 or 1.</param>
/// <param name="Key">The key, 0 to 7.</param>
/// <param name="Expected">Which version it expects.</param>
/// <param name="Terms">A bit for each term; -1 for none given.</param>
public sealed record StateModelWrite(StateWriteKind Kind, int Collection, int Key, StateModelExpectation Expected, int Terms);
