namespace Nave.Crash.Tests.History;

/// <summary>One write of a twin. Its marker is the value that it writes, and no other write has it.</summary>
/// <param name="DeviceId">Whose twin.</param>
/// <param name="Marker">The value.</param>
/// <param name="Kind">What is written.</param>
/// <param name="Time">When.</param>
/// <param name="Outcome">What the writer knows.</param>
internal sealed record TwinWrite(string DeviceId, string Marker, TwinWriteKind Kind, Period Time, Outcome Outcome)
{
    /// <summary>Gets the version that the answer names: the twin's, for <see cref="TwinWriteKind.Reported"/> the section's; 0 = none.</summary>
    public long Version { get; init; }

    /// <summary>Gets the etag that the twin had to have, or <see langword="null"/>.</summary>
    public string? IfMatch { get; init; }

    /// <summary>Gets the etag of the answer.</summary>
    public string? ETag { get; init; }
}
