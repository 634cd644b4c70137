using Nave.Crash.Tests.History;

namespace Nave.Crash.Tests.Checking;

/// <summary>What a hub says when everything is over.</summary>
/// <param name="Events">All events, in partition and sequence order.</param>
/// <param name="Twins">The twins of the devices whose twins were written.</param>
/// <param name="Identities">All identities.</param>
/// <param name="Drained">What was in the queues of cloud-to-device messages.</param>
internal sealed record ReadBack(
    IReadOnlyList<StoredLine> Events,
    IReadOnlyDictionary<string, TwinState> Twins,
    IReadOnlyDictionary<string, StoredIdentity> Identities,
    IReadOnlyList<CommandReceipt> Drained);
