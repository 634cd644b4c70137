namespace Nave.Storage.Files;

/// <summary>How a file is opened.</summary>
public enum DiskOpenMode
{
    /// <summary>An existing file, to read.</summary>
    Read,

    /// <summary>An existing file, to read and write.</summary>
    ReadWrite,

    /// <summary>A new, empty file in place of whatever has the name.</summary>
    Create,
}
