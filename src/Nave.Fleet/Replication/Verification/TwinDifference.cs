using Nave.Api;

namespace Nave.Fleet.Replication.Verification;

/// <summary>One twin that is not in the target as the hub has it.</summary>
/// <param name="Key">Whose.</param>
/// <param name="Kind">What is wrong.</param>
/// <param name="Reasons">Sentences for people; no values.</param>
/// <param name="IsRepaired">Whether the document was written anew.</param>
public sealed record TwinDifference(IdentityId Key, TwinDifferenceKind Kind, IReadOnlyList<string> Reasons, bool IsRepaired);
