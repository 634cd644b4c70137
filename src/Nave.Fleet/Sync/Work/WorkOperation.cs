namespace Nave.Fleet.Sync.Work;

/// <summary>What an event said of a device. It is a hint: the hub is asked before anything is done.</summary>
internal enum WorkOperation
{
    /// <summary>The device was created or changed: it is to be on the other side, with the values of its twin.</summary>
    Create,

    /// <summary>The device was deleted: it is to be gone on the other side.</summary>
    Delete,
}
