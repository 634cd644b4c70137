namespace Nave.Client;

/// <summary>The hub's answer to a twin request.</summary>
/// <param name="Status">As in HTTP.</param>
/// <param name="Version">The version of the reported section after a patch.</param>
/// <param name="Body">A twin, an error or nothing.</param>
internal sealed record TwinReply(int Status, long? Version, byte[] Body);
