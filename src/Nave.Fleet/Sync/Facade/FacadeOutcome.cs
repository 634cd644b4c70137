namespace Nave.Fleet.Sync.Facade;

/// <summary>What became of a request for a device.</summary>
internal enum FacadeOutcome
{
    /// <summary>There is a device more.</summary>
    Created,

    /// <summary>A device that was deleted softly is enabled again, with the tags of the request.</summary>
    Revived,

    /// <summary>The device was there; its tags are now as the request says.</summary>
    Updated,

    /// <summary>The device was there, with such tags.</summary>
    Unchanged,

    /// <summary>The device is gone.</summary>
    Deleted,

    /// <summary>The device is disabled.</summary>
    Disabled,

    /// <summary>There is no such device.</summary>
    NotFound,
}
