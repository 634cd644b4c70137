using Nave.Api;

namespace Nave.Client;

/// <summary>A twin as its device sees it.</summary>
/// <param name="Desired">The desired properties, <c>$version</c> included.</param>
/// <param name="DesiredVersion">Their version.</param>
/// <param name="Reported">The reported properties, <c>$version</c> included.</param>
/// <param name="ReportedVersion">Their version.</param>
public sealed record DeviceTwin(RawJson Desired, long DesiredVersion, RawJson Reported, long ReportedVersion);
