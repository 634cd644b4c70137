namespace Nave.Testing;

/// <summary>Which version a random write expects.</summary>
public enum StateModelExpectation
{
    /// <summary>Any, or none.</summary>
    Any,

    /// <summary>The one the document has, absent if there is none.</summary>
    Current,

    /// <summary>None.</summary>
    Absent,

    /// <summary>One before the current one.</summary>
    Stale,
}
