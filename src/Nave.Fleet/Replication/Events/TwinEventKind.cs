namespace Nave.Fleet.Replication.Events;

/// <summary>What an event does to a document.</summary>
internal enum TwinEventKind
{
    /// <summary>A device or module was created; the body is its whole twin.</summary>
    Create,

    /// <summary>It was deleted; the body is its last twin.</summary>
    Delete,

    /// <summary>Part of the twin changed; the body is a merge patch.</summary>
    Update,

    /// <summary>Tags and desired properties were replaced; the body is the whole twin.</summary>
    Replace,
}
