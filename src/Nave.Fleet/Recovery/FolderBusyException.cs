namespace Nave.Fleet.Recovery;

/// <summary>Another process works with a folder.</summary>
public sealed class FolderBusyException(string folder, Exception inner)
    : IOException($"Another process works with '{folder}': stop it first, or ask it to end by a promotion.", inner);
