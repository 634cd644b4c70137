namespace Nave.Hub.Twins;

/// <summary>What a line of an import says of a twin.</summary>
/// <param name="Json">Tags, desired and reported properties as <c>{"tags":{…},"properties":{…}}</c>; empty = nothing.</param>
/// <param name="Etag">The etag that an existing twin must have, or <c>*</c> or <see langword="null"/>; a new one gets it.</param>
internal readonly record struct ImportedTwin(ReadOnlyMemory<byte> Json, string? Etag);
