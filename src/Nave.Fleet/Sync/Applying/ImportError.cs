namespace Nave.Fleet.Sync.Applying;

/// <summary>Why a line of an import was not applied.</summary>
/// <param name="Code">The name of the hub's code.</param>
/// <param name="Sentence">The hub's words.</param>
internal readonly record struct ImportError(string Code, string? Sentence);
