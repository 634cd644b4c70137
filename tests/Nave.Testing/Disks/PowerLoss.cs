namespace Nave.Testing.Disks;

/// <summary>What becomes of writes that were not synced when the power goes.</summary>
public enum PowerLoss
{
    /// <summary>All are lost.</summary>
    DropAll,

    /// <summary>All have reached the disk.</summary>
    KeepAll,

    /// <summary>Any set of their sectors has: torn, and out of order.</summary>
    Tear,
}
