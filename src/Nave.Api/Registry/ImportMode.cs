namespace Nave.Api;

/// <summary>What a line of a bulk call does. Read in any letter case; Node sends <c>Update</c> (wire facts 9.4.1).</summary>
public enum ImportMode
{
    /// <summary>Create an identity that must not exist.</summary>
    Create,

    /// <summary>Replace an identity.</summary>
    Update,

    /// <summary>Replace an identity that has the given etag.</summary>
    UpdateIfMatchETag,

    /// <summary>Delete an identity.</summary>
    Delete,

    /// <summary>Delete an identity that has the given etag; without an etag, delete it.</summary>
    DeleteIfMatchETag,

    /// <summary>Change tags and desired properties.</summary>
    UpdateTwin,

    /// <summary>Change tags and desired properties of a twin that has the given etag.</summary>
    UpdateTwinIfMatchETag,

    /// <summary>Create an identity, or replace the one that there is.</summary>
    CreateOrUpdate,

    /// <summary>Create an identity, or replace the one that there is if it has the given etag.</summary>
    CreateOrUpdateIfMatchETag,
}
