namespace Nave.Storage;

/// <summary>What a write does.</summary>
public enum StateWriteKind
{
    /// <summary>Stores a document.</summary>
    Put,

    /// <summary>Removes a document.</summary>
    Delete,

    /// <summary>Only checks a version.</summary>
    Require,
}
