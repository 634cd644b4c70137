namespace Nave.Api;

/// <summary>What an import does with a line that is a configuration. Read in any letter case.</summary>
public enum ConfigurationImportMode
{
    /// <summary>Create it, or replace one that has the line's etag; without an etag, replace any. The default, and Azure's only mode.</summary>
    CreateOrUpdateIfMatchETag,

    /// <summary>Create it, or replace it.</summary>
    CreateOrUpdate,

    /// <summary>Create a configuration that must not exist.</summary>
    Create,

    /// <summary>Replace a configuration.</summary>
    Update,

    /// <summary>Replace a configuration that has the line's etag.</summary>
    UpdateIfMatchETag,

    /// <summary>Delete a configuration.</summary>
    Delete,

    /// <summary>Delete a configuration that has the line's etag; without an etag, delete it.</summary>
    DeleteIfMatchETag,
}
