namespace Nave.Api;

/// <summary>What a bulk call does with its enrollments.</summary>
public enum BulkEnrollmentMode
{
    /// <summary>Creates each.</summary>
    Create,

    /// <summary>Replaces each, whatever its etag.</summary>
    Update,

    /// <summary>Replaces each whose etag is the one that is sent.</summary>
    UpdateIfMatchETag,

    /// <summary>Deletes each.</summary>
    Delete,
}
