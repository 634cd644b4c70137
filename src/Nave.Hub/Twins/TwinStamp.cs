namespace Nave.Hub.Twins;

/// <summary>What a change leaves in the metadata.</summary>
/// <param name="UtcTicks">When it was made.</param>
/// <param name="Version">The section's version afterwards; 0 = not recorded (reported properties, wire facts 11.4).</param>
internal readonly record struct TwinStamp(long UtcTicks, long Version);
