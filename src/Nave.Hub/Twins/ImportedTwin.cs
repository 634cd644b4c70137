namespace Nave.Hub.Twins;

/// <summary>What a line of an import says of a twin.</summary>
/// <param name="Json">Tags, desired and reported properties as <c>{"tags":{…},"properties":{…}}</c>; empty = nothing.</param>
/// <param name="Etag">The etag that an existing twin must have, or <c>*</c> or <see langword="null"/>; a new one gets it.</param>
/// <param name="IsRestored">Whether it takes the place of a twin that the hub has just made by itself, as if there had been none.</param>
internal readonly record struct ImportedTwin(ReadOnlyMemory<byte> Json, string? Etag, bool IsRestored = false);
