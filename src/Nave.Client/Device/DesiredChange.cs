using Nave.Api;

namespace Nave.Client;

/// <summary>A change of desired properties.</summary>
/// <param name="Version">The version of the desired section after it. A gap means that changes were missed: get the twin.</param>
/// <param name="Patch">The patch, <c>$version</c> included; <c>null</c> values delete.</param>
public sealed record DesiredChange(long Version, RawJson Patch);
