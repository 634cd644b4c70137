namespace Nave.Hub.Twins;

/// <summary>Which configuration wrote a value: what <c>$metadata</c> shows as <c>$lastUpdatedBy</c> and <c>$lastUpdatedByDigest</c>.</summary>
/// <param name="Id">The configuration's id.</param>
/// <param name="Digest">A decimal number that changes with its content.</param>
/// <param name="IsDeployment">Whether it is a deployment to edge devices, whose settings stay when no deployment follows it.</param>
internal sealed record TwinWriter(string Id, string Digest, bool IsDeployment);
