namespace Nave.Storage.Blobs;

/// <summary>What a shared access signature permits, with Azure's letters.</summary>
[Flags]
public enum BlobAccess
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>r: read blobs.</summary>
    Read = 1,

    /// <summary>a: append to append blobs.</summary>
    Add = 2,

    /// <summary>c: make new blobs.</summary>
    Create = 4,

    /// <summary>w: make and replace blobs.</summary>
    Write = 8,

    /// <summary>d: delete blobs.</summary>
    Delete = 16,

    /// <summary>l: list blobs.</summary>
    List = 32,

    /// <summary>All that <see cref="IBlobContainer"/> does.</summary>
    Container = Read | Create | Write | Delete | List,
}
