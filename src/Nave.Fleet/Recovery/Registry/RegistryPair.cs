using Nave.Api;

namespace Nave.Fleet.Recovery;

/// <summary>One identity in two hubs; <see langword="null"/> where it is not. One of them is not.</summary>
/// <param name="Id">The identity.</param>
/// <param name="Left">As the first hub has it.</param>
/// <param name="Right">As the second has it.</param>
internal sealed record RegistryPair(IdentityId Id, ExportImportDevice? Left, ExportImportDevice? Right);
