namespace Nave.Fleet.Recovery.Archive;

/// <summary>How far an export or import is.</summary>
/// <param name="Devices">The devices that are done.</param>
/// <param name="Lines">The devices and modules that are done.</param>
/// <param name="TotalLines">How many there are; <see langword="null"/> of an export, for a hub counts its devices only.</param>
public readonly record struct BackupProgress(long Devices, long Lines, long? TotalLines);
